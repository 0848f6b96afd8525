//! The client behind a finding, where a log names it.

use kheap_evidence::join::{Answer, Who};

use crate::change::{counted, several};

/// What has less than this share is not called all, nor the cause of all.
pub(crate) const NEARLY_ALL: f64 = 0.95;

/// How the step begins that limits a client, and how it does where that client is known.
pub(crate) const WHEN_KNOWN: &str =
    "When you know the client, limit its LISTs: add `--with audit.log ";
pub(crate) const KNOWN: &str = "Limit its LISTs: add `";

/// The name of a client, short enough for a sentence: its program, else its user.
pub fn name(who: &Who) -> &str {
    let agent = who.user_agent.as_deref();
    let program = agent.and_then(|agent| agent.split(' ').next());
    let program = program.filter(|program| !program.is_empty());
    program.or(who.user.as_deref()).unwrap_or("a client")
}

/// What to do about a client: who it is, and which requests it has: at least as many as the
/// heap proves, where it is the only one. Then how to find the pods of a service account.
pub(crate) fn blame(who: &Who, least: Option<i64>) -> String {
    let user = match (&who.user_agent, &who.user) {
        (Some(_), Some(user)) => format!(" (user {user})"),
        _ => String::new(),
    };
    let in_flight = who.in_flight.filter(|&requests| requests > 0);
    // Files of another moment can count fewer than the heap proves.
    let is_proven = |&least: &i64| who.share >= NEARLY_ALL && in_flight < Some(least);
    let proven = in_flight.and(least).filter(is_proven);
    let (noun, state) = match who.verb.as_str() {
        "WATCH" => ("watch", "open"),
        verb => (verb, "in flight"),
    };
    let resource = &who.resource;
    let requests = match (proven, in_flight) {
        (Some(least), _) => {
            format!(
                "has at least {} of {resource} {state}",
                counted(least, noun)
            )
        }
        (None, Some(count)) => format!("has {} of {resource} {state}", counted(count, noun)),
        (None, None) => format!("sends {} of {resource}", several(noun)),
    };
    let share = match who.share {
        NEARLY_ALL.. => String::new(),
        share => format!(", {:.0}% of these bytes", share * 100.0),
    };
    let pods = pods(who).unwrap_or_default();
    format!(
        "Stop or change {}{user}: it {requests}{share}.{pods}",
        name(who)
    )
}

/// How to find the pods of a client that is a service account.
fn pods(who: &Who) -> Option<String> {
    let account = who
        .user
        .as_deref()?
        .strip_prefix("system:serviceaccount:")?;
    let (namespace, name) = account.split_once(':')?;
    let is_name = |name: &str| {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        !name.is_empty() && name.chars().all(is_of_name)
    };
    (is_name(namespace) && is_name(name)).then(|| {
        format!(
            " Find its pods: `kubectl get pods -n {namespace} --field-selector \
             spec.serviceAccountName={name}`."
        )
    })
}

/// That one client is behind two findings; `None` where it is not, or not known.
pub(crate) fn of_both(answers: [Option<&Answer>; 2]) -> Option<String> {
    let [first, second] = answers.map(|answer| answer.and_then(Answer::client));
    let (first, second) = (first?, second?);
    let is_one = first.user == second.user && first.user_agent == second.user_agent;
    let least = first.share.min(second.share);
    (is_one && least >= NEARLY_ALL).then(|| format!("{} causes both.", name(first)))
}

#[cfg(test)]
mod tests {
    use kheap::diagnose::Catalog;

    use super::*;

    fn client(user_agent: Option<&str>, user: Option<&str>, share: f64) -> Who {
        let mut who = Who::default();
        who.user = user.map(str::to_owned);
        who.user_agent = user_agent.map(str::to_owned);
        who.verb = "LIST".to_owned();
        who.resource = kheap_evidence::Resource::new("", "pods");
        who.in_flight = Some(11);
        who.share = share;
        who
    }

    #[test]
    fn the_client_and_its_requests_are_named() {
        let check = |who: Who, expected: &str| assert_eq!(blame(&who, None), expected);
        check(
            client(Some("agent/2.4 (linux)"), Some("system:bot"), 1.0),
            "Stop or change agent/2.4 (user system:bot): it has 11 LISTs of pods in flight.",
        );
        check(
            client(None, Some("system:bot"), 0.6),
            "Stop or change system:bot: it has 11 LISTs of pods in flight, 60% of these bytes.",
        );
    }

    #[test]
    fn the_heap_can_prove_more_requests_than_were_counted() {
        let count = |who: &Who, least| blame(who, least).contains("at least 12 LISTs of pods");
        let all = client(Some("agent/2.4"), None, 1.0);
        assert!(count(&all, Some(12)) && !count(&all, Some(11)) && !count(&all, None));
        assert!(!count(&client(Some("agent/2.4"), None, 0.6), Some(12)));
    }

    #[test]
    fn the_pods_of_a_service_account_are_found_by_its_name() {
        let of = |user| blame(&client(None, Some(user), 1.0), None);
        let pods = "Find its pods: `kubectl get pods -n ci --field-selector \
                    spec.serviceAccountName=scanner`.";
        assert!(of("system:serviceaccount:ci:scanner").ends_with(pods));
        for user in [
            "system:bot",
            "system:serviceaccount:ci:a`b",
            "system:serviceaccount:ci",
        ] {
            assert!(!of(user).contains("Find its pods"), "{user}");
        }
    }

    #[test]
    fn the_step_that_limits_a_client_begins_as_in_the_catalogue() {
        let signatures = Catalog::builtin().signatures();
        let mut steps = signatures.iter().flat_map(|signature| &signature.remedy);
        assert!(steps.any(|step| step.text.starts_with(WHEN_KNOWN)));
    }

    #[test]
    fn one_request_is_one() {
        let mut one = client(Some("agent/2.4"), None, 1.0);
        one.in_flight = Some(1);
        let mut watch = one.clone();
        watch.verb = "WATCH".to_owned();
        assert!(blame(&one, None).ends_with("it has 1 LIST of pods in flight."));
        assert!(blame(&watch, None).ends_with("it has 1 watch of pods open."));
        assert!(blame(&watch, Some(4700)).ends_with("it has at least 4,700 watches of pods open."));
        watch.in_flight = None;
        assert!(blame(&watch, None).ends_with("it sends watches of pods."));
    }

    #[test]
    fn one_client_is_behind_both_findings_only_where_it_is_named_in_both() {
        let answer = |agent, share| {
            let mut answer = Answer::default();
            answer.who = vec![client(agent, None, share)];
            answer
        };
        let check = |a: &Answer, b: &Answer, expected: Option<&str>| {
            assert_eq!(of_both([Some(a), Some(b)]).as_deref(), expected);
        };
        let all = answer(Some("agent/2.4"), 1.0);
        check(&all, &all, Some("agent/2.4 causes both."));
        check(&all, &answer(Some("other/1"), 1.0), None);
        check(&all, &answer(Some("agent/2.4"), 0.5), None);
        check(&all, &answer(None, 1.0), None);
    }
}

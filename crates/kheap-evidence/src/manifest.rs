//! What limits a client: a FlowSchema and its PriorityLevelConfiguration, to be read and
//! applied by people.

use std::fmt::Write;

use crate::join::{Joined, Server, Who};

/// Two documents of YAML, ready to apply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Manifest {
    /// The name of both objects, which is fit for a file.
    pub name: String,
    /// The documents.
    pub yaml: String,
    /// Whom it limits, in printable ASCII, on one line; other characters are blanks.
    pub user: String,
    /// The verb of the requests that it limits, in capitals, likewise.
    pub verb: String,
    /// The resource that they ask for, likewise.
    pub resource: String,
}

impl Manifest {
    /// How many requests of the client may run at once.
    pub const AT_ONCE: f64 = 2.0;
}

/// Seats of all priority levels where nothing says it: the default of
/// `--max-requests-inflight` and `--max-mutating-requests-inflight`.
const SEATS: f64 = 600.0;

/// Shares of the priority levels that every server has.
const SHARES: f64 = 245.0;

/// Seats that a LIST of many objects takes.
const SEATS_EACH: f64 = 10.0;

/// Lower than those of service accounts (9000), higher than those of the system.
const PRECEDENCE: u32 = 450;

impl Manifest {
    /// Writes one for a client whose user is known; `None` for others, and for nodes, who
    /// share one limit already.
    pub fn of(who: &Who, server: &Server) -> Option<Self> {
        let user = who
            .user
            .as_deref()
            .filter(|user| !user.starts_with("system:node:"))?;
        Some(Self::named(name(who, user), who, user, server))
    }

    fn named(name: String, who: &Who, user: &str, server: &Server) -> Self {
        let api = Api::of(server.minor());
        let mut yaml = String::new();
        write_level(&mut yaml, &name, api, shares(server));
        write_schema(&mut yaml, who, user, &name, api);
        Self {
            name,
            yaml,
            user: one_line(user),
            verb: one_line(&who.verb),
            resource: one_line(&who.resource.name),
        }
    }
}

impl Joined {
    /// The manifests that limit the clients which are named, the largest first.
    pub fn manifests(&self) -> Vec<Manifest> {
        let mut manifests: Vec<Manifest> = Vec::new();
        let mut limited = Vec::new();
        for who in self.answers.iter().flat_map(|answer| &answer.who) {
            let (Some(manifest), Some(user)) = (Manifest::of(who, &self.server), &who.user) else {
                continue;
            };
            // A schema is for a user, whatever the agent.
            let limit = (user, &who.verb, &who.resource);
            if limited.contains(&limit) {
                continue;
            }
            limited.push(limit);
            let is_taken = |name: &str| manifests.iter().any(|other| other.name == name);
            let numbered = (2..).map(|number| format!("{}-{number}", manifest.name));
            let mut names = std::iter::once(manifest.name.clone()).chain(numbered);
            let free = names.find(|name| !is_taken(name)).unwrap_or_default();
            manifests.push(Manifest::named(free, who, user, &self.server));
        }
        manifests
    }
}

/// The version of the API that a release serves.
#[derive(Debug, Clone, Copy)]
struct Api {
    version: &'static str,
    /// Its name for the shares of a priority level.
    shares: &'static str,
    /// Whether levels can be kept from borrowing seats.
    has_borrowing: bool,
}

impl Api {
    fn of(minor: Option<u32>) -> Self {
        let (version, shares) = match minor {
            None | Some(29..) => ("v1", "nominalConcurrencyShares"),
            Some(26..29) => ("v1beta3", "nominalConcurrencyShares"),
            Some(23..26) => ("v1beta2", "assuredConcurrencyShares"),
            Some(..23) => ("v1beta1", "assuredConcurrencyShares"),
        };
        Self {
            version,
            shares,
            has_borrowing: minor.is_none_or(|minor| minor >= 26),
        }
    }
}

/// How many shares are the seats of so many requests.
fn shares(server: &Server) -> u32 {
    let scrape = server.scrape.as_deref();
    let seats = scrape
        .map(|scrape| scrape.nominal_seats)
        .filter(|&seats| seats >= 1.0);
    let executing = scrape
        .into_iter()
        .flat_map(|scrape| scrape.executing.values());
    let each = executing.filter(|one| one.requests > 0);
    let each = each
        .map(|one| one.seats as f64 / one.requests as f64)
        .fold(0.0, f64::max);
    let each = if each >= 1.0 { each } else { SEATS_EACH };
    let shares = Manifest::AT_ONCE * each * SHARES / seats.unwrap_or(SEATS);
    (shares.round() as u32).clamp(1, 100)
}

/// `kheap-inventory-agent-list-pods`.
fn name(who: &Who, user: &str) -> String {
    let agent = who.user_agent.as_deref().unwrap_or_default();
    let agent = agent
        .split(['/', ' '])
        .next()
        .filter(|agent| !agent.is_empty());
    let client = agent.unwrap_or_else(|| user.rsplit(':').next().unwrap_or(user));
    let all = format!("kheap-{client}-{}-{}", who.verb, who.resource.name);
    let letters = all.to_lowercase();
    let letters = letters
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let name: String = letters.take(60).collect();
    name.trim_matches('-').to_owned()
}

fn write_level(yaml: &mut String, name: &str, api: Api, shares: u32) {
    let Api {
        version,
        shares: key,
        has_borrowing,
    } = api;
    let borrowing = match has_borrowing {
        true => "\n    lendablePercent: 0\n    borrowingLimitPercent: 0",
        false => "",
    };
    let _ = write!(
        yaml,
        "apiVersion: flowcontrol.apiserver.k8s.io/{version}
kind: PriorityLevelConfiguration
metadata:
  name: {name}
spec:
  type: Limited
  limited:
    {key}: {shares}{borrowing}
    limitResponse:
      type: Queue
      queuing:
        queues: 1
        handSize: 1
        queueLengthLimit: 50
---
"
    );
}

fn write_schema(yaml: &mut String, who: &Who, user: &str, name: &str, api: Api) {
    // For flow control, a server-side apply is a patch.
    let verb = match &*who.verb {
        "APPLY" => "patch".to_owned(),
        verb => verb.to_lowercase(),
    };
    let (group, resource) = (&who.resource.group, &who.resource.name);
    let _ = write!(
        yaml,
        "apiVersion: flowcontrol.apiserver.k8s.io/{}
kind: FlowSchema
metadata:
  name: {name}
spec:
  matchingPrecedence: {PRECEDENCE}
  priorityLevelConfiguration:
    name: {name}
  distinguisherMethod:
    type: ByUser
  rules:
  - subjects:
{}    resourceRules:
    - verbs: [{}]
      apiGroups: [{}]
      resources: [{}]
      clusterScope: true
      namespaces: [\"*\"]
",
        api.version,
        subject(user),
        quoted(&verb),
        quoted(group),
        quoted(resource),
    );
}

/// The user, or the service account that it is.
fn subject(user: &str) -> String {
    let account = user.strip_prefix("system:serviceaccount:");
    match account.and_then(|account| account.split_once(':')) {
        Some((namespace, name)) => format!(
            "    - kind: ServiceAccount\n      serviceAccount:\n        namespace: {}\n        name: {}\n",
            quoted(namespace),
            quoted(name)
        ),
        None => format!(
            "    - kind: User\n      user:\n        name: {}\n",
            quoted(user)
        ),
    }
}

/// A string of JSON is one of YAML. Whoever reads a manifest before applying it must see
/// each character, so that what is not ASCII is written as its number.
fn quoted(text: &str) -> String {
    let text = serde_json::Value::from(text).to_string();
    let shown = text.chars().map(|c| match u32::from(c) {
        0x20..=0x7e => c.to_string(),
        number @ 0..=0xffff => format!("\\u{number:04x}"),
        // YAML takes no halves of a character.
        number => format!("\\U{number:08x}"),
    });
    shown.collect()
}

/// What stands in a comment may not end it, nor hide.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ' '..='~') { c } else { ' ' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resource;

    #[test]
    fn nothing_invisible_stands_in_a_manifest() {
        assert_eq!(quoted("a\"b"), r#""a\"b""#);
        assert_eq!(quoted("a\u{202e}\u{7f}é"), r#""a\u202e\u007f\u00e9""#);
        assert_eq!(quoted("\u{e0001}"), r#""\U000e0001""#);
        assert_eq!(one_line("a\u{202e}\nb"), "a  b");
    }

    #[test]
    fn a_resource_of_several_lines_makes_no_object_of_its_own() {
        let mut who = client("ci");
        who.resource = Resource::new("", "pods\n---\nkind: ClusterRoleBinding\n#\r---");
        who.verb = "LIST\u{2028}---".to_owned();
        let manifest = Manifest::of(&who, &Server::default()).expect("the user is known");
        for text in [&manifest.user, &manifest.verb, &manifest.resource] {
            assert!(text.chars().all(|c| matches!(c, ' '..='~')), "{text:?}");
        }
        let kinds = manifest
            .yaml
            .lines()
            .filter(|line| line.starts_with("kind:"));
        assert_eq!(kinds.count(), 2, "{}", manifest.yaml);
    }

    fn client(user: &str) -> Who {
        Who {
            user: Some(user.to_owned()),
            user_agent: Some("inventory-agent/2.4.1 (linux/amd64)".to_owned()),
            source: None,
            verb: "LIST".to_owned(),
            resource: Resource::new("", "pods"),
            namespace: None,
            query: None,
            in_flight: Some(12),
            requests: None,
            window_nanos: None,
            bytes_each: None,
            share: 1.0,
            is_hidden: false,
        }
    }

    fn of_version(version: &str) -> Server {
        Server {
            version: Some(version.to_owned()),
            ..Server::default()
        }
    }

    #[test]
    fn a_service_account_is_limited_in_the_api_of_its_server() {
        let who = client("system:serviceaccount:monitoring:inventory-agent");
        let manifest = Manifest::of(&who, &of_version("v1.36.2")).expect("the user is known");
        assert_eq!(manifest.name, "kheap-inventory-agent-list-pods");
        assert_eq!(
            manifest.yaml,
            "apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata:
  name: kheap-inventory-agent-list-pods
spec:
  type: Limited
  limited:
    nominalConcurrencyShares: 8
    lendablePercent: 0
    borrowingLimitPercent: 0
    limitResponse:
      type: Queue
      queuing:
        queues: 1
        handSize: 1
        queueLengthLimit: 50
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata:
  name: kheap-inventory-agent-list-pods
spec:
  matchingPrecedence: 450
  priorityLevelConfiguration:
    name: kheap-inventory-agent-list-pods
  distinguisherMethod:
    type: ByUser
  rules:
  - subjects:
    - kind: ServiceAccount
      serviceAccount:
        namespace: \"monitoring\"
        name: \"inventory-agent\"
    resourceRules:
    - verbs: [\"list\"]
      apiGroups: [\"\"]
      resources: [\"pods\"]
      clusterScope: true
      namespaces: [\"*\"]
"
        );
    }

    #[test]
    fn older_servers_have_older_apis() {
        for (version, api, shares) in [
            ("v1.27.3", "v1beta3", "nominalConcurrencyShares"),
            ("v1.24.17", "v1beta2", "assuredConcurrencyShares"),
            ("v1.20.2", "v1beta1", "assuredConcurrencyShares"),
        ] {
            let manifest = Manifest::of(&client("ci"), &of_version(version)).expect("known");
            assert!(
                manifest.yaml.contains(&format!("k8s.io/{api}\n")),
                "{version}"
            );
            assert!(manifest.yaml.contains(shares), "{version}");
            assert_eq!(
                manifest.yaml.contains("borrowing"),
                api == "v1beta3",
                "{version}"
            );
        }
    }

    #[test]
    fn whoever_is_not_known_is_not_limited() {
        let mut who = client("system:node:node-7");
        assert_eq!(Manifest::of(&who, &Server::default()), None);
        who.user = None;
        assert_eq!(Manifest::of(&who, &Server::default()), None);
    }

    #[test]
    fn two_users_of_one_agent_are_limited_each() {
        let who = ["alice", "bob", "alice"].map(client).to_vec();
        let joined = Joined {
            files: Vec::new(),
            server: Server::default(),
            answers: vec![crate::join::Answer {
                who,
                ..crate::join::Answer::default()
            }],
        };
        let names: Vec<String> = joined.manifests().into_iter().map(|one| one.name).collect();
        let name = "kheap-inventory-agent-list-pods";
        assert_eq!(names, [name.to_owned(), format!("{name}-2")]);
    }

    #[test]
    fn a_server_side_apply_is_limited_as_a_patch() {
        let mut who = client("ci");
        "APPLY".clone_into(&mut who.verb);
        let manifest = Manifest::of(&who, &Server::default()).expect("the user is known");
        assert!(
            manifest.yaml.contains("verbs: [\"patch\"]"),
            "{}",
            manifest.yaml
        );
    }
}

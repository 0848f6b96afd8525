//! An audit log that metrics and goroutines contradict: a policy that leaves requests out,
//! and watches that settled long before a wave of others.

mod common;

use common::{HEAP, answers, bytes, event, text};

/// The files of the first bundle that count LISTs.
fn counting() -> [(&'static str, Vec<u8>); 2] {
    ["goroutine.pb.gz", "metrics-2.txt.gz"]
        .map(|name| (name, bytes(&format!("01-one-bad-of-three/{name}"))))
}

fn audit_of(skipped: &str) -> String {
    let audit = text("01-one-bad-of-three/audit.log.gz");
    let kept = audit.lines().filter(|line| !line.contains(skipped));
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_client_that_the_policy_leaves_out_is_unknown_and_others_keep_their_share() {
    let mut audit = audit_of("inventory-agent");
    audit += &event(
        "i",
        "innocent",
        "RequestReceived",
        "15:41:30.0",
        "15:41:30.0",
    );
    let mut files = counting().to_vec();
    files.push(("audit", audit.into_bytes()));
    let said = answers(HEAP, &files);
    let (count, rest) = said.split_once('\n').expect("clients");
    // One of twelve is too small a share to be named.
    assert!(count.starts_with("11 in flight by metrics"), "{said}");
    assert!(
        rest.contains(" %: - - - LIST pods?- 11 in flight"),
        "{said}"
    );
    assert!(!rest.contains("100 %: innocent"), "{said}");
}

#[test]
fn requests_whose_end_is_lost_are_not_in_flight() {
    let mut audit = text("01-one-bad-of-three/audit.log.gz");
    for id in 0..30 {
        let began = format!("15:41:{}.0", 10 + id);
        audit += &event(
            &format!("lost-{id}"),
            "inventory-agent/2.4.1",
            "RequestReceived",
            &began,
            &began,
        );
    }
    let mut files = counting().to_vec();
    files.push(("audit", audit.into_bytes()));
    let said = answers(HEAP, &files);
    assert!(said.starts_with("12 in flight by metrics"), "{said}");
}

#[test]
fn watches_that_settled_before_a_wave_do_not_start() {
    let bundle = "05b-watchlist-wave-600";
    let audit = text(&format!("{bundle}/audit.log.gz"));
    let is_start =
        |line: &&str| line.contains("fleet-sync") && line.contains("\"stage\":\"ResponseStarted\"");
    let first = audit.lines().find(is_start).expect("a watch");
    let time = first.split("\"stageTimestamp\":\"").nth(1).expect("a time");
    let minute = &time[..16];
    let mut all = String::new();
    for id in 0..300 {
        let settled = first.replace("fleet-sync", "settled");
        let (head, tail) = settled.split_once("\"auditID\":\"").expect("an id");
        let old = format!("{head}\"auditID\":\"old-{id:03}{}", &tail[7..]);
        // A minute before the wave, whichever minute that is.
        let earlier: u32 = minute[14..16].parse().expect("a minute");
        let earlier = format!("{}{:02}", &minute[..14], earlier - 2);
        all += &(old.replace(minute, &earlier) + "\n");
    }
    all += &audit;
    let files = [
        ("audit", all.into_bytes()),
        ("goroutines", bytes(&format!("{bundle}/goroutine.pb.gz"))),
        ("metrics", bytes(&format!("{bundle}/metrics-2.txt.gz"))),
    ];
    let said = answers(&format!("{bundle}/heap.pb.gz"), &files);
    assert!(said.starts_with("601 in flight by audit log"), "{said}");
    assert!(
        said.contains("100 %: system:serviceaccount:fleet-system:fleet-sync"),
        "{said}"
    );
}

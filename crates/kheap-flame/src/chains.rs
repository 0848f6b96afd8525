//! Chains of frames that only pass a call on, see `chains.toml`: whatever draws stacks
//! folds the same ones.

use std::sync::OnceLock;

use serde::Deserialize;

/// Frames that a flame graph shows as one where several follow each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    title: String,
    /// Beginnings of canonical names.
    frames: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainsFile {
    chain: Vec<Chain>,
}

fn chains() -> &'static [Chain] {
    static CHAINS: OnceLock<Vec<Chain>> = OnceLock::new();
    CHAINS.get_or_init(|| {
        let file: Result<ChainsFile, _> = toml::from_str(include_str!("chains.toml"));
        file.expect("the built-in chains are tested").chain
    })
}

/// The chain that a function is part of, by position.
pub fn chain_of(name: &str) -> Option<usize> {
    let name = match name.rfind("/vendor/") {
        Some(at) => &name[at + "/vendor/".len()..],
        None => name,
    };
    let is_part = |chain: &Chain| chain.frames.iter().any(|start| name.starts_with(&**start));
    chains().iter().position(is_part)
}

/// What a frame is called that stands for a chain.
pub fn title(chain: usize) -> String {
    format!("[{}]", chains()[chain].title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_read_and_their_frames_are_found() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(chain_of(name).map(title).as_deref(), expected, "{name}");
        };
        check(
            "net/http.HandlerFunc.ServeHTTP",
            Some("[HTTP filters and routing]"),
        );
        check(
            "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/server/mux.(*pathHandler).ServeHTTP",
            Some("[HTTP filters and routing]"),
        );
        check(
            "encoding/json.(*decodeState).object",
            Some("[JSON decoding]"),
        );
        check("encoding/json.Unmarshal", None);
        check("encoding/json/v2.Marshal", None);
        check(
            "encoding/json/v2.makeMapArshaler.func3",
            Some("[JSON values, json/v2]"),
        );
        check(
            "encoding/json/jsontext.(*encoderState).reformatObject",
            Some("[JSON text, json/v2]"),
        );
        check("main.main", None);
    }

    #[test]
    fn no_frame_is_part_of_two_chains() {
        let all = chains().iter().flat_map(|chain| &chain.frames);
        for frame in all.clone() {
            let others = all.clone().filter(|other| *other != frame);
            assert!(
                others.clone().all(|other| !frame.starts_with(&**other)),
                "{frame}"
            );
        }
    }
}

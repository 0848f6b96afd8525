//! Turns the built-in knowledge, which people write as TOML, into JSON, which a program
//! reads in a fraction of the time.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "diagnose")]
    knowledge::write();
}

#[cfg(feature = "diagnose")]
mod knowledge {
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    const FOLDER: &str = "src/knowledge";

    /// The files that decide the part of a stack.
    const RULES: [&str; 3] = ["frames.json", "roles.json", "rules.json"];

    pub(crate) fn write() {
        println!("cargo::rerun-if-changed={FOLDER}");
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
        let mut rules = FINGERPRINT;
        for file in files(Path::new(FOLDER)) {
            let name = file.with_extension("json");
            let name = name.file_name().expect("a name");
            let json = json(&file);
            if RULES.iter().any(|file| name == *file) {
                rules = fingerprint(rules, &json);
            }
            write_file(&out, name, &json);
        }
        println!("cargo::rustc-env=KHEAP_RULES={rules}");
        // One list, in the order of their ids.
        let signatures = files(&Path::new(FOLDER).join("signatures"));
        let signatures: Vec<String> = signatures.iter().map(|file| json(file)).collect();
        let list = format!("[{}]", signatures.join(",\n"));
        write_file(&out, "signatures.json".as_ref(), &list);
    }

    /// The beginning of a fingerprint.
    const FINGERPRINT: u64 = 0xcbf2_9ce4_8422_2325;

    /// A hash (FNV-1a) that is the same in every version of Rust.
    fn fingerprint(hash: u64, text: &str) -> u64 {
        { text.bytes() }.fold(hash, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    fn write_file(folder: &Path, name: &std::ffi::OsStr, text: &str) {
        fs::write(folder.join(name), text).expect("a build script may write there");
    }

    /// The files of a folder that hold TOML, sorted.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        let is_toml = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml");
        let mut files: Vec<PathBuf> = paths.filter(is_toml).collect();
        files.sort();
        files
    }

    fn json(file: &Path) -> String {
        let text = fs::read_to_string(file).expect("it can be read");
        let table: Result<toml::Table, _> = text.parse();
        let table = table.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        serde_json::to_string(&table).expect("a table is an object")
    }
}

//! How large a profile may be.

/// How large a profile may be. Every size that input controls has a limit here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Size of the inflated profile, in bytes. 3 MB of gzip can inflate to 3 GiB.
    pub inflated_bytes: u64,
    /// Size of one record, such as a sample or a string, in bytes: it is held in
    /// memory whole. A stack of a million frames takes less than 10 MB.
    pub record_bytes: u64,
    /// Sample types, that is values of each sample: every one is a column of its
    /// own. Go writes four.
    pub sample_types: u64,
    /// What all tables together may take in memory for nothing, in bytes. On top
    /// come 4 bytes for every byte of the profile, or 64 for every byte of the
    /// gzip file, whichever is less.
    ///
    /// A record of 4 bytes can make a row of 64, and gzip makes a thousand such
    /// records out of 4 bytes. Real profiles take two bytes in memory for each of
    /// theirs, and are compressed to a fifth: 500 MB of profile come out of some
    /// 100 MB of gzip and may take 2 GB, while no 5 MB of gzip can take more than
    /// half a gigabyte.
    pub table_bytes: u64,
    /// How many frames inlining may add to all stacks together, for nothing. On top
    /// come 2 for every byte of the profile, or 16 for every byte of the gzip file,
    /// whichever is less.
    ///
    /// A stack names a location in one byte, and a location may hold any number of
    /// inlined calls, so that a file of a kilobyte could hold ten thousand million
    /// frames. Inlining adds 3 to 16 frames for each hundred of a real dump.
    pub inlined_frames: u64,
    /// How many records and other fields a profile may have, or lines in a text, for
    /// nothing. On top come one for every byte of the profile, or 4 for every byte of
    /// the gzip file, whichever is less.
    ///
    /// Fields that say the same again and again take no memory but time, and 3 MB of
    /// gzip hold 500 million of them. Real dumps have one for every 11 to 13 bytes of
    /// gzip.
    pub fields: u64,
    /// How many bytes the names may take for nothing, where each is written for every type,
    /// comment, binary, function, line, label and frame that bears it. The first 1,000 bytes
    /// of a name do not count, but those of comments and labels do. On top come 100 for every
    /// byte of the profile, or 500 for every byte of the gzip file, whichever is less.
    ///
    /// A file holds a name once, and 50 kB of gzip can give a name of a megabyte to twenty
    /// thousand lines. Names of real dumps have up to 532 bytes.
    pub name_bytes: u64,
    /// Whether a large gzip file may be inflated on a thread of its own, while it is read. That
    /// is faster, and fails where there is little room for addresses: a thread reserves some
    /// of it that it never uses.
    pub threads: bool,
    /// Whether samples without a value in the default sample type are left out. They are
    /// checked, as all of the file is.
    ///
    /// Most samples of a busy server are such: what they allocated is no longer in use.
    /// Leaving them out saves their memory and the time to fill it. What was allocated since
    /// the start of the process does not add up then:
    /// [`lacks_samples`](crate::Profile::lacks_samples) is set, a [`Snapshot`](crate::Snapshot) has
    /// no such sum, no signature asks for it, and [`lifetimes`](fn@crate::lifetimes) refuses the
    /// profile. A file that names its default sample type after its samples, and another than the
    /// last, is refused as [`LateDefaultType`](super::DecodeErrorKind::LateDefaultType): read it
    /// again without this option. Go's runtime writes none. Formats other than pprof's protobuf are
    /// read whole.
    ///
    /// ```
    /// let mut builder = kheap::ProfileBuilder::new();
    /// builder.sample_type("alloc_space", "bytes");
    /// builder.sample_type("inuse_space", "bytes");
    /// let main = builder.function("main.main", "main.go");
    /// let stack = [builder.location(None, 1, &[(main, 1)])];
    /// builder.sample(&stack, &[64, 0], &[])?;
    /// builder.sample(&stack, &[64, 64], &[])?;
    /// let mut file = Vec::new();
    /// kheap::encode(&builder.finish(), &mut file)?;
    ///
    /// let limits = kheap::Limits::default().default_type_only(true);
    /// let profile = kheap::decode_reader(&file[..], &limits)?;
    /// assert_eq!(profile.samples().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub default_type_only: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inflated_bytes: 1 << 30,
            record_bytes: 16 << 20,
            sample_types: 4096,
            table_bytes: 64 << 20,
            inlined_frames: 1 << 20,
            fields: 16 << 20,
            name_bytes: 16 << 20,
            threads: true,
            default_type_only: false,
        }
    }
}

crate::__setters! {
    impl Limits {
        inflated_bytes: u64,
        record_bytes: u64,
        sample_types: u64,
        table_bytes: u64,
        inlined_frames: u64,
        fields: u64,
        name_bytes: u64,
        threads: bool,
        default_type_only: bool,
    }
}

impl Limits {
    /// What the tables may take in memory, in bytes, after so much of a profile,
    /// and of the file that it is compressed in.
    pub(super) fn allowed_table_bytes(&self, inflated: u64, gzip: Option<u64>) -> u64 {
        self.table_bytes
            .saturating_add(allowance(inflated, 4, gzip, 64))
    }

    /// How many fields there may be after so much.
    pub(super) fn allowed_fields(&self, inflated: u64, gzip: Option<u64>) -> u64 {
        self.fields.saturating_add(allowance(inflated, 1, gzip, 4))
    }

    /// How many bytes the names of such a profile may take, written wherever they stand.
    pub(super) fn allowed_name_bytes(&self, inflated: u64, gzip: Option<u64>) -> u64 {
        self.name_bytes
            .saturating_add(allowance(inflated, 100, gzip, 500))
    }

    /// How many frames inlining may add to all stacks of such a profile.
    pub(super) fn allowed_inlined_frames(&self, inflated: u64, gzip: Option<u64>) -> u64 {
        self.inlined_frames
            .saturating_add(allowance(inflated, 2, gzip, 16))
    }
}

/// What a file may have more of because of its size: so much for each byte of the
/// profile, or of the gzip file, whichever is less.
fn allowance(inflated: u64, by_inflated: u64, gzip: Option<u64>, by_gzip: u64) -> u64 {
    let by_file = gzip.map_or(u64::MAX, |gzip| gzip.saturating_mul(by_gzip));
    inflated.saturating_mul(by_inflated).min(by_file)
}

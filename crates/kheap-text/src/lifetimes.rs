//! What is kept and what is thrown away, in words.

use kheap::knowledge::Parts;
use kheap::lifetimes::{Between, Lifetime, LifetimeRow, LifetimesBy, Sites};
use kheap::{Lifetimes, symbol};

use crate::change::{self, counted};
use crate::guard::one_line;
use crate::summary::sentence_case;
use crate::table::{Cell, Column, Holds, Table};
use crate::value::bytes;

/// What the column of shares is of.
pub const OF_TOTAL: &str = "allocated: between the two dumps; in use of total: the share in use of \
                            all that was allocated since the process started";

/// What `~` before an age says.
pub const EXTRAPOLATED: &str = "~ older than the time between the dumps: extrapolated";

/// Which row holds or keeps most, in sentences.
pub fn answer(lifetimes: &Lifetimes) -> Option<String> {
    let called = |row: &LifetimeRow| match lifetimes.by {
        LifetimesBy::Part => sentence_case(Parts::builtin().title(&row.name)),
        _ => one_line(symbol::short(&row.name).as_ref()),
    };
    let Some(seconds) = lifetimes.seconds else {
        let most = lifetimes.rows.iter().max_by_key(|row| row.inuse)?;
        let (inuse, allocated) = (bytes(most.inuse), bytes(most.allocated));
        let most = (most.inuse > 0).then(|| called(most))?;
        return Some(format!(
            "{most} holds most: {inuse} is in use of the {allocated} that it allocated."
        ));
    };
    let elapsed = change::duration((seconds * 1e9) as i128);
    let grown = |row: &&LifetimeRow| row.between.map_or(0, |between| between.grown);
    let grew_most = |is_meant: &dyn Fn(&LifetimeRow) -> bool| {
        let rows = lifetimes.rows.iter().filter(|row| is_meant(row));
        rows.max_by_key(grown).filter(|row| grown(row) > 0)
    };
    let mut sentences = Vec::new();
    match grew_most(&|_| true) {
        None => sentences.push(format!("Nothing grew in {elapsed}.")),
        Some(most) => {
            let (what, by) = (called(most), bytes(grown(&most)));
            sentences.push(format!("{what} grew most: by {by} in {elapsed}."));
            sentences.push(fate(most.lifetime).to_owned());
            let kept = grew_most(&|row| row.lifetime == Lifetime::Retained);
            let kept = kept.filter(|kept| kept.name != most.name);
            sentences.extend(kept.map(|kept| {
                let by = bytes(grown(&kept));
                format!("{} grew most of what is kept: by {by}.", called(kept))
            }));
        }
    }
    let freed = lifetimes.in_all(Lifetime::Churning).allocated;
    sentences.extend((freed > 0).then(|| {
        let freed = bytes(freed);
        format!("{freed} of all new memory was allocated where most is freed soon.")
    }));
    Some(sentences.join(" "))
}

/// What becomes of the memory that something allocates.
fn fate(lifetime: Lifetime) -> &'static str {
    match lifetime {
        Lifetime::Retained => "Over half of its new memory stays.",
        Lifetime::Mixed => "Up to half of its new memory stays.",
        Lifetime::Churning => "Most of its other new memory was freed.",
        _ => "It has too few samples to show whether that stays.",
    }
}

/// What `-` in the column of ages says.
pub const NO_AGE: &str = "In the column of ages, - says that no age can be computed: nothing was \
                          allocated or in use, the level is not steady, or much of it is older \
                          than the first dump.";

/// Whether there is no age where the column of ages is.
pub fn is_ageless(row: &LifetimeRow) -> bool {
    row.between
        .is_some_and(|between| between.mean_age.is_none())
}

/// The totals in a sentence: of two dumps the rate and the age, of one why there are none.
pub fn headline(lifetimes: &Lifetimes) -> String {
    let total = &lifetimes.total;
    let inuse = bytes(total.inuse);
    match (lifetimes.seconds, total.between) {
        (Some(seconds), Some(between)) => {
            let between_dumps = change::duration((seconds * 1e9) as i128);
            let age = lifetimes.churning_age();
            let age = age.map_or_else(String::new, |seconds| {
                format!(
                    "; short-lived memory lives {} on average",
                    duration(seconds)
                )
            });
            format!(
                "{} allocated in {between_dumps}, {}/s; {inuse} in use{age}",
                bytes(between.allocated),
                bytes(between.per_second.round() as i64)
            )
        }
        _ => format!(
            "{inuse} in use of {} allocated since the process started ({}). One dump shows no rate \
             and no age: what is in use may be new or kept. Give an earlier dump of the process too",
            bytes(total.allocated),
            total.live_ratio.map_or("-".to_owned(), percent)
        ),
    }
}

/// How much each lifetime is in all, and what that means.
pub fn meanings(lifetimes: &Lifetimes) -> Table {
    let figures = |header| Column::shown(header, Holds::Figures);
    let mut table = Table::new([
        Column::shown("lifetime", Holds::Words),
        figures(several(lifetimes.by)),
        figures("in use"),
        figures("allocated"),
        Column::shown("meaning", Holds::Text),
    ]);
    for lifetime in lifetimes.possible() {
        let all = lifetimes.in_all(lifetime);
        let cells = [
            word(lifetime).to_owned(),
            all.sites.to_string(),
            bytes(all.inuse),
            bytes(all.allocated),
            meaning(lifetime).to_owned(),
        ];
        table.push(cells.map(|text| Cell::new(text, "")));
    }
    table
}

/// What a lifetime means, where all sites with it are added up.
fn meaning(lifetime: Lifetime) -> &'static str {
    match lifetime {
        Lifetime::MostlyLive => "most memory allocated here is in use",
        Lifetime::PartlyLive => "some memory allocated here is in use",
        Lifetime::MostlyFreed => "nearly all is freed; the rest may be new or kept",
        Lifetime::Retained => "in use already before, or over half of the new memory stays",
        Lifetime::Mixed => "up to half of the new memory stays",
        Lifetime::Churning => "freed soon: work for the GC",
        _ => "too few samples",
    }
}

/// What people call a lifetime.
pub fn word(lifetime: Lifetime) -> &'static str {
    match lifetime {
        Lifetime::MostlyLive => "mostly in use",
        Lifetime::PartlyLive => "partly in use",
        Lifetime::MostlyFreed => "mostly freed",
        Lifetime::Retained => "kept",
        Lifetime::Mixed => "partly kept",
        Lifetime::Churning => "short-lived",
        lifetime => lifetime.name(),
    }
}

/// What the rows behind the first `count` allocated, if there are any.
pub fn rest(lifetimes: &Lifetimes, count: usize) -> Option<String> {
    let rest = lifetimes.rows.iter().skip(count);
    let rest = Sites::of(rest.filter(|row| row.lifetime != Lifetime::Idle));
    (rest.sites > 0).then(|| {
        format!(
            "{} allocated {} and hold {}",
            counted(rest.sites, &format!("more {}", lifetimes.by.name())),
            bytes(rest.allocated),
            bytes(rest.inuse)
        )
    })
}

/// What the rows are, where there are several.
fn several(by: LifetimesBy) -> &'static str {
    match by {
        LifetimesBy::Package => "packages",
        LifetimesBy::Part => "parts",
        LifetimesBy::Kind => "kinds",
        _ => "functions",
    }
}

/// What a row is, as people read it: a part has a title.
pub fn name<'r>(lifetimes: &Lifetimes, row: &'r LifetimeRow) -> &'r str {
    match lifetimes.by {
        LifetimesBy::Part => Parts::builtin().title(&row.name),
        _ => &row.name,
    }
}

/// Whether the age of a row reaches back further than the first dump.
pub fn is_extrapolated(row: &LifetimeRow) -> bool {
    row.between.is_some_and(|between| between.is_extrapolated)
}

/// The mean age of what is in use; `-` where it is unknown.
pub fn age(between: &Between) -> String {
    let Some(seconds) = between.mean_age else {
        return "-".to_owned();
    };
    let mark = if between.is_extrapolated { "~" } else { "" };
    format!("{mark}{}", duration(seconds))
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..0.1 => format!("{:.1}ms", seconds * 1e3),
        _ => change::duration((seconds * 1e9) as i128),
    }
}

/// A share.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

//! A line chart as SVG: amounts over time, drawn so that lines are distinguished
//! without colour, too.

use askama::Template;
use kheap::unit;
use kheap_text::shorten;

/// The longest name beside a line, in characters.
const LONGEST_NAME: usize = 70;

/// The room of the whole picture, and where lines are drawn in it, in pixels.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 16.0;
const HEIGHT: f64 = 300.0;

/// How far two rows of the legend are apart, in pixels.
const ROW: f64 = 30.0;

/// About how many lines a scale has.
const TICKS: f64 = 5.0;

/// Up to how many points each is marked.
const MOST_MARKS: usize = 60;

/// Steps of a scale of time, in seconds.
const TIMES: [f64; 21] = [
    0.1,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1800.0,
    3600.0,
    7200.0,
    14_400.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
];

/// What one name holds over time.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    /// That of its part; without one that of text.
    pub(crate) color: Option<String>,
    pub(crate) values: Vec<i64>,
}

#[derive(Template)]
#[template(path = "chart.svg")]
struct Chart {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    bottom: f64,
    axis: String,
    levels: Vec<(f64, String)>,
    times: Vec<(f64, String)>,
    lines: Vec<Drawn>,
}

#[derive(Debug)]
struct Drawn {
    /// Which of the dashes it has.
    look: usize,
    color: String,
    points: String,
    marks: Vec<(f64, f64, String)>,
    name: String,
    last: String,
    legend: f64,
}

/// Draws lines over the times of their points, in nanoseconds, or without those
/// over the numbers of the points.
pub(crate) fn draw(lines: &[Line], times: Option<&[i64]>, unit: &str) -> askama::Result<String> {
    let values = || lines.iter().flat_map(|line| &line.values).copied();
    let (low, high) = (
        values().min().unwrap_or(0).min(0),
        values().max().unwrap_or(0).max(1),
    );
    let levels = levels(low, high, unit);
    let (low, high) = (
        levels.first().map_or(0.0, |level| level.min(low as f64)),
        levels.last().map_or(1.0, |level| level.max(high as f64)),
    );
    let places = places(lines.first().map_or(0, |line| line.values.len()), times);
    let end = places.last().copied().unwrap_or(0.0).max(f64::MIN_POSITIVE);
    let x = |place: f64| LEFT + place / end * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| TOP + (high - value) / (high - low) * (HEIGHT - TOP);
    let drawn = lines.iter().enumerate().map(|(look, line)| {
        let points = line.values.iter().zip(&places);
        let points: Vec<(f64, f64, i64)> = points
            .map(|(&value, &place)| (x(place), y(value as f64), value))
            .collect();
        let text = points.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}"));
        let mark = |&(x, y, value): &(f64, f64, i64)| (round(x), round(y), label(value, unit));
        let is_marked = points.len() <= MOST_MARKS;
        Drawn {
            look,
            color: line
                .color
                .clone()
                .unwrap_or_else(|| "var(--ink)".to_owned()),
            points: text.collect::<Vec<_>>().join(" "),
            marks: points.iter().filter(|_| is_marked).map(mark).collect(),
            name: shorten(&line.name, LONGEST_NAME),
            last: label(line.values.last().copied().unwrap_or(0), unit),
            legend: HEIGHT + 86.0 + ROW * look as f64,
        }
    });
    let chart = Chart {
        width: WIDTH,
        height: HEIGHT + 76.0 + ROW * lines.len() as f64,
        left: LEFT,
        right: WIDTH - RIGHT,
        bottom: HEIGHT,
        axis: match times {
            Some(_) => "time since the first dump".to_owned(),
            None => "number of the dump".to_owned(),
        },
        levels: levels
            .iter()
            .map(|&l| (round(y(l)), label(l as i64, unit)))
            .collect(),
        times: moments(end, times.is_some())
            .into_iter()
            .map(|(place, text)| (round(x(place)), text))
            .collect(),
        lines: drawn.collect(),
    };
    chart.render()
}

fn label(value: i64, unit: &str) -> String {
    unit::label(value, unit, unit::AUTO)
}

fn round(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}

/// Where the points are: seconds since the first one, or their number.
fn places(count: usize, times: Option<&[i64]>) -> Vec<f64> {
    match times {
        Some(times @ [first, ..]) => {
            let since = |&time: &i64| (i128::from(time) - i128::from(*first)) as f64 / 1e9;
            times.iter().map(since).collect()
        }
        _ => (0..count).map(|at| at as f64).collect(),
    }
}

/// Amounts from the least to the most that are round in the unit of the largest.
fn levels(low: i64, high: i64, unit: &str) -> Vec<f64> {
    let largest = high.max(low.saturating_neg()).max(1);
    let (scaled, _) = unit::scale(largest, unit, unit::AUTO);
    let factor = largest as f64 / scaled.abs().max(f64::MIN_POSITIVE);
    // Values are whole numbers.
    let step = (nice((high as f64 - low as f64) / factor / TICKS) * factor).max(1.0);
    let (first, last) = ((low as f64 / step).floor(), (high as f64 / step).ceil());
    // Not more than a few, whatever the rounding makes of them.
    let count = (last - first).clamp(1.0, 2.0 * TICKS + 2.0) as usize;
    (0..=count).map(|at| (first + at as f64) * step).collect()
}

/// The next number that is 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(f64::MIN_POSITIVE).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let fits = |step: &&f64| **step * power >= value;
    steps.iter().find(fits).unwrap_or(&10.0) * power
}

/// Round moments from 0 to the end, in words.
fn moments(end: f64, in_time: bool) -> Vec<(f64, String)> {
    let step = match in_time {
        true => {
            let wide = TIMES.iter().find(|step| end / **step <= 2.0 * TICKS);
            wide.copied().unwrap_or_else(|| nice(end / TICKS))
        }
        false => nice(end / (2.0 * TICKS)).max(1.0),
    };
    let count = (end / step).floor() as usize;
    let text = |place: f64| match in_time {
        true => moment(place),
        false => format!("{}", place + 1.0),
    };
    (0..=count)
        .map(|at| at as f64 * step)
        .map(|place| (place, text(place)))
        .collect()
}

fn moment(seconds: f64) -> String {
    let (amount, unit) = match seconds {
        0.0 => return "0".to_owned(),
        86_400.0.. => (seconds / 86_400.0, "d"),
        3600.0.. => (seconds / 3600.0, "h"),
        60.0.. => (seconds / 60.0, "min"),
        _ => (seconds, "s"),
    };
    let text = format!("{amount:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_round_in_their_unit_and_reach_the_ends() {
        let check = |low, high, expected: &str| {
            let labels: Vec<String> = levels(low, high, "bytes")
                .iter()
                .map(|&l| label(l as i64, "bytes"))
                .collect();
            assert_eq!(labels.join(" "), expected);
        };
        check(0, 170 << 20, "0 50MB 100MB 150MB 200MB");
        check(0, 1, "0 1B");
        check(-(3 << 20), 1 << 20, "-3MB -2MB -1MB 0 1MB");
        assert!(levels(i64::MIN, i64::MAX, "bytes").len() < 20);
    }

    #[test]
    fn moments_are_round() {
        let check = |end: f64, in_time: bool, expected: &str| {
            let texts: Vec<String> = moments(end, in_time).into_iter().map(|(_, t)| t).collect();
            assert_eq!(texts.join(", "), expected);
        };
        check(9.7, true, "0, 1 s, 2 s, 3 s, 4 s, 5 s, 6 s, 7 s, 8 s, 9 s");
        check(7200.0, true, "0, 30 min, 1 h, 1.5 h, 2 h");
        check(3.0, false, "1, 2, 3, 4");
        check(0.0, false, "1");
    }

    #[test]
    fn extreme_values_stay_in_the_picture() {
        let line = |values: &[i64]| Line {
            name: "a <b>".to_owned(),
            color: None,
            values: values.to_vec(),
        };
        for values in [&[i64::MIN, i64::MAX][..], &[0, 0], &[5], &[]] {
            let svg = draw(&[line(values)], None, "bytes").expect("the template is filled");
            assert!(
                !svg.contains("NaN") && !svg.contains("inf"),
                "{values:?}: {svg}"
            );
            assert!(svg.contains("a &#60;b&#62;"), "{svg}");
        }
    }
}

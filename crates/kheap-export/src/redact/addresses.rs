//! Addresses of machines, and other rows of numbers.
//!
//! Nobody can list how people write addresses. So the rule is the other way round: four numbers in
//! a row or more are an address, decimal or hexadecimal, unless [`proved`] shows that they are a
//! time, a version or a count of the compiler. Any mark joins them, perhaps in brackets, in quotes,
//! in tags of HTML or in colours of a terminal. A `%` joins decimal numbers alone.
//! [`figures::series`] knows rows with blanks. Three words of a network card, and numbers around
//! `::`, are addresses too.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::escapes::{self, Char, ESCAPE};
use super::names::MOST_CODE_DIGITS;
use super::{exact, figures, terminal};

/// How many numbers in a row are an address.
const ROW: usize = 4;

/// The address of a machine at the beginning of a text, and how many bytes it has. Those that
/// every machine has are none.
pub(super) fn address(text: &str) -> Option<usize> {
    address_behind("", text)
}

/// The same where something stands before it: none begins inside a number. Behind a letter only
/// rows of decimal numbers and of marked ones do, as in `ip10.0.0.1` and `ip0xa.0x0.0x0.0x1`.
pub(super) fn address_behind(before: &str, text: &str) -> Option<usize> {
    let first = first(text)?.value;
    if !is_hex(first) && first != ':' || is_word(text) {
        return None;
    }
    let row = || decimal(before, text);
    let end = match escapes::last(before).map(narrow) {
        Some(c) if is_digit(c) => None,
        // What follows the pseudonym of a word followed the word.
        Some('n') if is_pseudonym(before, text) => None,
        Some(c) if c.is_alphanumeric() => {
            row().or_else(|| text.starts_with("0x").then(|| hex(&hex_row(text)?))?)
        }
        // The rest of a number with dots is no row by itself.
        Some('.') if begins_inside(before) => match row() {
            Some(end) => Some(end).filter(|_| {
                let first = Numbers::new(text, true).next();
                first.and_then(|number| number.mark()) != Some('.')
            }),
            None => hex_row(text).as_ref().and_then(hex),
        },
        _ => {
            // What may be read in several ways is hidden as far as any goes.
            let hexes = hex_row(text);
            let hexes = hexes.as_ref();
            let whole = [uuid(text), hexes.and_then(card), v6(text)];
            let row = row().or_else(|| hexes.and_then(hex));
            whole.into_iter().chain([row]).flatten().max()
        }
    };
    let end = end.map(|end| with_what_shares_its_end(text, end));
    end.filter(|&end| proved(before, text) < end && !is_everywhere(text.split_at(end)))
}

/// Where a row ends whose last number is the first of another row, as in `15:39:55: 10.211.47.93`:
/// with the last of them. A time may stand behind an address.
fn with_what_shares_its_end(text: &str, mut end: usize) -> usize {
    loop {
        let begin = text[..end].trim_end_matches(is_digit).len();
        let rest = &text[begin..];
        let number = Numbers::new(rest, true).next();
        let next = number.and_then(|number| Some(number.end + number.joint?.length));
        let is_time = next.is_none_or(|next| figures::time(&rest[next..]).is_some());
        match (!is_time).then(|| decimal("", rest)).flatten() {
            Some(length) if begin + length > end => end = begin + length,
            _ => return end,
        }
    }
}

/// Whether a text begins with a word that is plainly no number: most are, and each is looked at.
fn is_word(text: &str) -> bool {
    /// More are looked at in another way: a text may be digits alone.
    const MOST_DIGITS: usize = 64;
    let digits = { text.bytes().take(MOST_DIGITS) }.take_while(u8::is_ascii_hexdigit);
    let digits = digits.count();
    let next = text.as_bytes().get(digits).copied().unwrap_or(b' ');
    let is_marked = &text[..digits] == "0" && matches!(next, b'x' | b'X');
    digits > 0 && next.is_ascii_alphabetic() && !is_marked
}

/// Whether a text begins with the number of a pseudonym, as in `anon2:10:20:30`.
fn is_pseudonym(before: &str, text: &str) -> bool {
    let before = ["anon", "Anon"]
        .iter()
        .find_map(|anon| before.strip_suffix(anon));
    // Another may stand right before it.
    let is_word = before.is_some_and(|before| {
        let other = before.trim_end_matches(is_digit);
        !before.ends_with(char::is_alphanumeric) || other.ends_with("anon")
    });
    is_word && !text.starts_with('0') && (1..=MOST_CODE_DIGITS).contains(&figures::run(text))
}

/// An address without what only spells it, so that it has one pseudonym.
pub(super) fn plain(address: &str) -> String {
    const SPELLING: &str = "[](){}<>\\\"'` ";
    let seen = escapes::without_tags(address).replace("dot", ".");
    let is_spelling = |c: char| c == ESCAPE || SPELLING.contains(c);
    let plain: String = seen.chars().filter(|&c| !is_spelling(c)).collect();
    // Without what stands between them, numbers of two addresses may be the same digits.
    match plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => escapes::undone(address),
        false => plain,
    }
}

/// Whether an address is one that every machine has. Names of DNS have the numbers of another one
/// from its end: `127.0.0.10.in-addr.arpa`.
fn is_everywhere((address, after): (&str, &str)) -> bool {
    let address = address.parse::<Ipv4Addr>();
    let is_reversed = after.starts_with(".in-addr");
    address.is_ok_and(|address| address.is_loopback() || address.is_unspecified()) && !is_reversed
}

/// Whether what begins behind a dot is the rest of a number with dots.
fn begins_inside(before: &str) -> bool {
    let number = before.strip_suffix('.').unwrap_or_default();
    let begin = number.trim_end_matches(is_digit).len();
    let is_number = escapes::last(number).is_some_and(is_digit);
    is_number && !is_pseudonym(&number[..begin], &number[begin..])
}

/// Whether an address stands anywhere in a text.
pub(super) fn holds_address(text: &str) -> bool {
    begin_of_row(text, text.len()).is_some()
}

/// Where the first address or row of numbers begins, in the first `length` bytes of a text.
pub(super) fn begin_of_row(text: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    while at < length {
        let (before, rest) = text.split_at(at);
        let is_begin = !before.ends_with(char::is_alphanumeric);
        let is_row =
            address_behind(before, rest).is_some() || is_begin && figures::series(rest).is_some();
        if is_row {
            return Some(at);
        }
        at += next(rest)?.length;
    }
    None
}

/// The next character. An escape in whose middle an address begins is none, as in `%10.0.0.1`. A
/// command to a terminal may have an address for parameters, and a colour has none.
pub(super) fn next(text: &str) -> Option<Char> {
    /// Two halves of a character, as JSON writes them: they are nothing else.
    const PAIR: usize = "\\ud83d\\ude00".len();
    if let Some(c) = escapes::plain(text) {
        return Some(c);
    }
    let first = text.chars().next()?.len_utf8();
    let begins = |at: usize| {
        let rest = text.get(at..);
        rest.is_some_and(|rest| address_behind("", rest).is_some())
    };
    // Digits at the end of an escape may be the first number, and something joins the others.
    let goes_on = |c: &Char| {
        let (escape, rest) = text.split_at(c.length);
        let is_number = c.value != ESCAPE && escape.ends_with(is_hex);
        let is_joined = || Joint::read(rest).is_some();
        !is_number || rest.starts_with(|c| is_hex(c) || c == ':') || is_joined()
    };
    let is_whole = |c: &Char| {
        c.length == first
            || c.length == PAIR && text.starts_with("\\u")
            || c.value == ESCAPE && terminal::is_look(&text[..c.length])
            || !goes_on(c)
            || !(1..c.length).any(begins)
            || begins(c.length)
    };
    let command = escapes::first(text).filter(|_| !terminal::has_string(text));
    let mut forms = command.into_iter().chain(escapes::single(text));
    let whole = forms.find(is_whole);
    whole.or_else(|| escapes::first(&text[..first]))
}

/// How much of a text is a time, or counts of closures that Go's compiler numbers, such as
/// `main.load.func1.2.5.1`.
fn proved(before: &str, text: &str) -> usize {
    let time = figures::time(text).max(figures::dotted_date(text));
    let closures = [".func", ".gowrap", ".deferwrap"];
    let is_closure = closures.iter().any(|made| before.ends_with(made));
    let counts = || text.len() - text.trim_start_matches(|c| is_digit(c) || c == '.').len();
    // They begin at 1, and so many functions in one another have few each.
    let are_counts = |counts: &str| {
        let mut counts = counts.trim_end_matches('.').split('.');
        counts.all(|count| count.len() == 1 && count != "0")
    };
    let counts = is_closure
        .then(counts)
        .filter(|&end| are_counts(&text[..end]));
    time.max(counts).unwrap_or(0)
}

/// The first character of a text. Digits are those of ASCII, also in full width, as keyboards of
/// East Asia write them.
fn first(text: &str) -> Option<Char> {
    let c = escapes::first(text)?;
    let value = narrow(c.value);
    Some(Char { value, ..c })
}

fn narrow(c: char) -> char {
    let digit = u32::from(c).wrapping_sub(u32::from('\u{ff10}'));
    char::from_digit(digit, 10).unwrap_or(c)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// The characters of one kind that a text begins with: how many there are, and how many bytes they
/// take. There may be one more than `most`.
fn run(text: &str, is_part: fn(char) -> bool, most: usize) -> (usize, usize) {
    let (mut count, mut length) = (0, 0);
    while let Some(c) = first(&text[length..]) {
        if !is_part(c.value) || count > most {
            break;
        }
        (count, length) = (count + 1, length + c.length);
    }
    (count, length)
}

fn goes_on(text: &str) -> bool {
    escapes::first(text).is_some_and(|c| c.value.is_alphanumeric())
}

/// What joins two numbers: a mark, perhaps in brackets or escaped, as in `10[.]0` and `10\\.0`.
#[derive(Debug, Clone, Copy)]
struct Joint {
    mark: char,
    /// How often the mark stands there.
    times: usize,
    /// Whether a blank sets the numbers apart.
    has_blank: bool,
    /// How many bytes it takes.
    length: usize,
}

/// The marks that also numbers of figures have between them.
const MARKS_OF_FIGURES: &str = ".:-_/";

impl Joint {
    fn read(text: &str) -> Option<Self> {
        /// More blanks are between columns.
        const MOST_WITH_BLANKS: usize = 6;
        /// More characters are something else.
        const MOST: usize = 24;
        let (mut mark, mut around, mut last) = (None, None, None);
        let (mut times, mut quotes, mut depth, mut length) = (0, 0, 0, 0);
        let (mut has_blank, mut may_be_figures) = (false, false);
        for at in 0..MOST {
            let rest = &text[length..];
            let Some(c) = escapes::first(rest) else {
                break;
            };
            if at >= MOST_WITH_BLANKS && (has_blank || c.value.is_whitespace()) {
                break;
            }
            if mark != Some('.') && length > 0 && rest.get(..3).is_some_and(is_dot) {
                (mark, times, length) = (Some('.'), 1, length + 3);
                continue;
            }
            let mut taken = c.length;
            let unknown = match c.value {
                '&' => escapes::entity(rest).filter(|&length| length > c.length),
                _ => None,
            };
            match c.value {
                _ if unknown.is_some() => {
                    taken = unknown.unwrap_or(taken);
                    mark.get_or_insert('.');
                    times = times.max(1);
                }
                '=' if is_quoted_printable(rest) => {
                    taken = "=2E".len();
                    mark.get_or_insert('.');
                    times = times.max(1);
                }
                value if value.is_whitespace() => has_blank = true,
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                '<' => taken = escapes::tag(rest).unwrap_or(taken),
                '(' | ')' | '>' | '\\' | ESCAPE => {}
                '"' | '\'' | '`' => quotes += 1,
                value if mark == Some(value) => times += 1,
                value if is_typographic(value) => {
                    mark.get_or_insert('.');
                    times = times.max(1);
                }
                // A number with `%` is a share.
                value if value.is_ascii_punctuation() && value != '%' => match mark {
                    None => (mark, times) = (Some(value), 1),
                    // It joins words, and no figures: `10._211`.
                    Some(known) if known == '_' || value == '_' => {}
                    // The sign of a number, a fraction, or the length of a network.
                    Some(known) if ",;|:=".contains(known) && "./-".contains(value) => break,
                    // A fraction may end with its dot.
                    Some(known) if is_of_figures(known) || is_of_figures(value) => {
                        may_be_figures = true;
                    }
                    Some(_) => {}
                },
                _ => break,
            }
            if !c.value.is_whitespace() {
                around.get_or_insert(c.value);
                last = Some(c.value);
            }
            length += taken;
        }
        // A joint that only opens or closes a list, a map or a string of JSON is none. Rows may
        // run from one list into the next, and no mark but these stands there in JSON.
        let is_balanced = quotes % 2 == 0 && depth == 0;
        let may_be_json = has_blank || matches!(mark, Some(',' | ':'));
        let is_whole = (is_balanced || !may_be_json) && !(has_blank && may_be_figures);
        let mark = match mark {
            Some(_) if !is_whole => None,
            // It stands between a key and its value, and something else before the next key.
            Some(':') if quotes > 0 => Some('"'),
            Some(mark) => Some(mark),
            // Brackets around every second number are the same mark.
            None if !has_blank => around.map(opening),
            // A row in which each number has brackets, of any kind.
            None if last.is_some_and(|last| "([{".contains(last)) => Some('('),
            None => around,
        };
        let is_followed = first(&text[length..]).is_some_and(|c| is_hex(c.value));
        is_followed.then_some(Self {
            mark: mark?,
            times,
            has_blank,
            length,
        })
    }

    /// Whether no blank sets the numbers apart. A dot may have blanks: `10 . 0`.
    fn is_tight(&self) -> bool {
        !self.has_blank || self.mark == '.'
    }
}

/// The mark that opens what a bracket closes.
fn opening(mark: char) -> char {
    match mark {
        ')' => '(',
        ']' => '[',
        '}' => '{',
        '>' => '<',
        mark => mark,
    }
}

fn is_of_figures(mark: char) -> bool {
    MARKS_OF_FIGURES.contains(mark)
}

/// Whether a character is a mark or nothing to see that only people or their editors write, such
/// as a dash, a bullet or a blank without width: no figure has one.
fn is_typographic(c: char) -> bool {
    let is_unseen = c.is_control() && c != ESCAPE;
    // Halves of a character are looked at in long rows, and to look up a letter takes long.
    let is_letter = || !exact::is_made(c) && c.is_alphanumeric();
    !c.is_whitespace() && (is_unseen || !c.is_ascii() && !is_letter())
}

/// Whether a text begins with a mark as mails write it, such as `=2E`.
fn is_quoted_printable(text: &str) -> bool {
    const MARKS: [&str; 6] = ["=2C", "=2D", "=2E", "=2F", "=3A", "=3B"];
    MARKS.iter().any(|mark| text.starts_with(mark))
}

fn is_dot(word: &str) -> bool {
    word.eq_ignore_ascii_case("dot")
}

/// A number of a row.
#[derive(Debug, Clone, Copy)]
struct Number {
    octet: Option<u8>,
    /// How many digits it has.
    digits: usize,
    has_figure: bool,
    /// Where it ends.
    end: usize,
    joint: Option<Joint>,
    /// Whether a letter stands behind it.
    goes_on: bool,
    /// Whether it may be the beginning of a fraction or of a time; only rows of tables ask.
    is_begin: bool,
}

impl Number {
    fn mark(&self) -> Option<char> {
        let single = self
            .joint
            .filter(|joint| joint.times <= 1 || joint.mark != ':');
        single.map(|joint| joint.mark)
    }

    fn tight_mark(&self) -> Option<char> {
        let is_tight = self.joint.is_some_and(|joint| joint.is_tight());
        self.mark().filter(|_| is_tight)
    }

    /// Whether a row with this mark may have the number: in a row of a table it may be the
    /// beginning of a fraction or of a time.
    fn is_of_row(&self, mark: char) -> bool {
        !self.is_begin || !",;|".contains(mark)
    }
}

/// The numbers of a row one after the other.
struct Numbers<'t> {
    text: &'t str,
    is_decimal: bool,
    next: Option<usize>,
}

impl<'t> Numbers<'t> {
    fn new(text: &'t str, is_decimal: bool) -> Self {
        Self {
            text,
            is_decimal,
            next: Some(0),
        }
    }
}

impl Iterator for Numbers<'_> {
    type Item = Number;

    fn next(&mut self) -> Option<Number> {
        /// The longest hexadecimal one: two octets.
        const MOST_HEX: usize = 4;
        /// More is no number of a row. Escaped digits are looked at from each of them.
        const MOST_DECIMAL: usize = 64;
        let is_part = if self.is_decimal { is_digit } else { is_hex };
        let mut begin = self.next.take()?;
        let rest = &self.text[begin..];
        if !self.is_decimal && (rest.starts_with("0x") || rest.starts_with("0X")) {
            begin += "0x".len();
        }
        let most = if self.is_decimal {
            MOST_DECIMAL
        } else {
            MOST_HEX
        };
        let (digits, length) = run(&self.text[begin..], is_part, most);
        if digits == 0 || digits > most {
            return None;
        }
        let end = begin + length;
        let (text, rest) = (&self.text[begin..end], &self.text[end..]);
        let goes_on = goes_on(rest);
        let joint = Joint::read(rest).filter(|_| !goes_on);
        self.next = joint.map(|joint| end + joint.length);
        Some(Number {
            octet: if self.is_decimal {
                octet(text, digits)
            } else {
                None
            },
            digits,
            has_figure: run(text, is_letter_of_hex, most).0 < digits,
            end,
            joint,
            goes_on,
            is_begin: figures::fraction(rest) || figures::clock(&self.text[begin..]).is_some(),
        })
    }
}

fn is_letter_of_hex(c: char) -> bool {
    is_hex(c) && !is_digit(c)
}

/// The value of an octet, which may have leading zeros and escapes.
fn octet(digits: &str, count: usize) -> Option<u8> {
    const MOST_DIGITS: usize = 4;
    if count > MOST_DIGITS {
        return None;
    }
    let (mut value, mut rest) = (0, digits);
    while let Some(c) = first(rest) {
        value = 10 * value + c.value.to_digit(10)?;
        rest = &rest[c.length..];
    }
    u8::try_from(value).ok()
}

/// Whether numbers begin with a row that has the same mark between them.
fn is_row(numbers: &VecDeque<Number>, from: usize) -> bool {
    let marks = (from..from + ROW - 1).map(|at| numbers.get(at)?.mark());
    let mut marks = marks.collect::<Vec<_>>().into_iter();
    let Some(first) = marks.next().flatten() else {
        return false;
    };
    numbers.len() >= from + ROW
        && marks.all(|mark| mark == Some(first))
        && numbers[from + ROW - 1].is_of_row(first)
}

/// A row of decimal numbers.
fn decimal(before: &str, text: &str) -> Option<usize> {
    first(text).filter(|c| is_digit(c.value))?;
    let mut rest = Numbers::new(text, true);
    let first: VecDeque<Number> = rest.by_ref().take(2 * ROW - 1).collect();
    match is_row(&first, 0) {
        true => row(first, rest),
        false => {
            let mixed = mixed(before, text, first, rest);
            mixed.or_else(|| {
                ['%', '\\']
                    .into_iter()
                    .find_map(|mark| unescaped(text, mark))
            })
        }
    }
}

/// A row whose numbers look like escapes with the mark before them: `10%20%30%41`. What has letters
/// behind it is none of its numbers.
fn unescaped(text: &str, mark: char) -> Option<usize> {
    let (mut count, mut begin, mut end) = (0, 0, 0);
    // Nothing is looked for behind the row: a text may be one line of a megabyte.
    loop {
        let digits = figures::run(&text[begin..]);
        let rest = &text[begin + digits..];
        let is_last = !rest.starts_with(mark);
        // Without a digit it is a mark of its own: JSON in JSON has many backslashes in a row.
        let is_octet = digits > 0 && octet(&text[begin..begin + digits], digits).is_some();
        if !is_octet || is_last && goes_on(rest) {
            break;
        }
        (count, end) = (count + 1, begin + digits);
        if is_last {
            break;
        }
        begin = end + mark.len_utf8();
    }
    (count >= ROW).then_some(end)
}

/// A row with the same mark between its numbers: it may be an address and its port, or have an
/// address among them, as names of SNMP have.
fn row(first: VecDeque<Number>, rest: Numbers<'_>) -> Option<usize> {
    const FEW: usize = ROW + 1;
    let mark = first.front()?.mark()?;
    let mut taken: Vec<Number> = Vec::with_capacity(FEW);
    let (mut count, mut end) = (0, 0);
    for number in first.into_iter().chain(rest) {
        // A number with letters behind it is another word.
        if count >= ROW && (number.goes_on || !number.is_of_row(mark)) {
            break;
        }
        (count, end) = (count + 1, number.end);
        if taken.len() < FEW {
            taken.push(number);
        }
        if number.mark() != Some(mark) {
            break;
        }
    }
    let is_octet = |at: usize| taken[at].octet.is_some();
    // A port is no octet.
    let has_port = mark == '.' && count == FEW && (0..ROW).all(is_octet) && !is_octet(ROW);
    Some(if has_port { taken[ROW - 1].end } else { end })
}

/// Four octets with several marks between them, unless they are a version with a mark in front, or
/// a row begins among them.
fn mixed(
    before: &str,
    text: &str,
    mut first: VecDeque<Number>,
    mut rest: Numbers<'_>,
) -> Option<usize> {
    let marks = ["v", "go"];
    let has_mark = marks.iter().any(|mark| {
        let before = before.strip_suffix(mark);
        before.is_some_and(|before| !before.ends_with(char::is_alphanumeric))
    });
    // A build of a release has one number more, and a commit its time.
    let release = figures::release(text).filter(|_| has_mark);
    let is_version = release.is_some_and(|end| {
        first.len() == ROW && text[end..].starts_with('-') || figures::public_version(text) > end
    });
    let mut octets = first.iter().take(ROW).enumerate();
    let are_octets = octets.all(|(at, number)| {
        let is_joined = at + 1 == ROW
            || number
                .tight_mark()
                .is_some_and(|mark| ".:-_([{".contains(mark));
        number.octet.is_some() && is_joined
    });
    let has_row = (1..ROW).any(|from| is_row(&first, from));
    if is_version || first.len() < ROW || !are_octets || has_row {
        return None;
    }
    let mut end = 0;
    while let Some(number) = first.front().filter(|_| !is_row(&first, 0)) {
        end = number.end;
        first.pop_front();
        first.extend(rest.next());
    }
    Some(end)
}

/// A row of hexadecimal numbers with the same mark between them.
fn hex(found: &HexRow) -> Option<usize> {
    (found.count >= ROW && found.has_figure).then_some(found.end)
}

/// The address of a network card: octets, or three words of two.
fn card(found: &HexRow) -> Option<usize> {
    const OCTETS: usize = 6;
    const WORDS: usize = 3;
    let are_words = found.count >= WORDS && found.least == 4 && ".:".contains(found.mark);
    // Letters alone with other marks are a list of names: `a,b,c,d,e,f`.
    let may_lack_figures = found.count >= OCTETS && ".:-".contains(found.mark);
    let has_figure = found.has_figure && (found.count >= OCTETS || are_words);
    (has_figure || may_lack_figures).then_some(found.end)
}

struct HexRow {
    mark: char,
    count: usize,
    /// The fewest digits of its numbers.
    least: usize,
    has_figure: bool,
    end: usize,
}

fn hex_row(text: &str) -> Option<HexRow> {
    /// The longest network card. A text may be one line of a megabyte.
    const MOST_WITHOUT_FIGURE: usize = 8;
    let mut numbers = Numbers::new(text, false).peekable();
    let mark = numbers.peek()?.tight_mark()?;
    let mut row = HexRow {
        mark,
        count: 0,
        least: usize::MAX,
        has_figure: false,
        end: 0,
    };
    for number in numbers {
        if number.goes_on || !number.is_of_row(mark) {
            break;
        }
        row.count += 1;
        row.least = row.least.min(number.digits);
        row.has_figure |= number.has_figure;
        row.end = number.end;
        let is_long = row.count >= MOST_WITHOUT_FIGURE && !row.has_figure;
        if is_long || number.tight_mark() != Some(mark) {
            break;
        }
    }
    Some(row)
}

/// An id that nobody else has: its numbers are no row.
fn uuid(text: &str) -> Option<usize> {
    const LENGTH: usize = 36;
    let id = text.get(..LENGTH)?;
    let is_id = super::words::is_uuid(id) && id.chars().all(|c| is_hex(c) || c == '-');
    (is_id && !goes_on(&text[LENGTH..])).then_some(LENGTH)
}

fn v6(text: &str) -> Option<usize> {
    const LONGEST: usize = 45;
    let mut plain = String::new();
    let mut ends = vec![0];
    let mut end = 0;
    while plain.len() <= LONGEST {
        let rest = &text[end..];
        let c = first(rest).filter(|c| is_hex(c.value));
        let is_begin = plain.is_empty() && rest.starts_with("::");
        let joint = || if c.is_none() { Joint::read(rest) } else { None };
        let (part, length) = match (c, joint()) {
            (Some(c), _) => (c.value.to_string(), c.length),
            (None, _) if is_begin => ("::".to_owned(), 2),
            (None, Some(joint)) if ".:".contains(joint.mark) && joint.is_tight() => {
                let marks = joint.mark.to_string().repeat(joint.times);
                (marks, joint.length)
            }
            (None, _) if rest.starts_with("::") => ("::".to_owned(), 2),
            _ => break,
        };
        // Most words end before the first colon.
        if plain.len() > 4 && !plain.contains(':') {
            return None;
        }
        ends.extend((1..part.len()).map(|_| end));
        plain += &part;
        end += length;
        ends.push(end);
        // No address begins with one colon.
        if plain == ":" {
            return None;
        }
        // An address has that once, and names of C++ and Rust any number of times.
        if plain.contains(":::") || plain.matches("::").count() > 1 {
            break;
        }
    }
    if !plain.contains(is_digit) {
        return None;
    }
    // It ends where a group ends; what follows may be no part of it.
    let is_end = |at: usize| match plain.as_bytes().get(at) {
        Some(next) => b":.".contains(next),
        None => !goes_on(&text[end..]),
    };
    let mut found = (2..=plain.len()).rev().filter(|&at| is_end(at));
    found.find_map(|at| {
        let address = plain[..at].parse::<Ipv6Addr>().ok()?;
        let is_own = !address.is_loopback() && !address.is_unspecified();
        // Names of C++ and Rust may look like one.
        (is_own && plain[..at].contains(is_digit)).then_some(ends[at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(&text[..address(text).unwrap_or(0)], expected, "{text}");
    }

    #[test]
    fn addresses_are_found_whole() {
        for whole in [
            "10.8.0.79",
            "010.8.0.80",
            "10-8-0-77",
            "10_8_0_77",
            "10%2E211%2e47%252E93",
            r"10\u002e211\x2e47\05693",
            "10&#46;211&#x2e;47&#46;93",
            "1.2.3.4.5.6",
            "1.3.6.1.2.1.4.20.1.1.10.211.47.93",
            "1.10.211.47.93",
            "10.0.22621.2506",
            r"10\.211\.47\.93",
            r"10\\.211\\.47\\.93",
            "10[.]211[.]47[.]93",
            "10.211.47[.]93",
            "10._211._47._93",
            "10(211)47(93",
            "10(211)[47]{93",
            "10 (211) [47] {93",
            "10.-211.-47.-93",
            "10 dot 211 dot 47 dot 93",
            "10-dot-211-dot-47-dot-93",
            "10-------211-------47-------93",
            "10\u{7f}211\u{7f}47\u{7f}93",
            "10\u{0}211\u{1}47\u{7f}93",
            "10\u{9b}31m211\u{9b}31m47\u{9b}0m93",
            "10^[[0m211^[[0m47^[[1;31m93",
            "10\u{1b}[31m.\u{1b}(B\u{1b}[m211.47.93",
            "10\u{1b}(B211\u{1b}(B47\u{1b}(B93",
            "10\u{1b}]8;;https://a.b/c\u{1b}\\.\u{1b}]8;;\u{1b}\\211.47.93",
            r"10\u001b]8;;a\u001b\\.\u001b]8;;\u0007211.47.93",
            "10\u{1b}=211\u{1b}=47\u{1b}=93",
            "10<sub title='a>b'>.</sub>211.47.93",
            "10=2E211=2E47=2E93",
            "15:39:55: 10.211.47.93",
            "15:39:55:<b> 10.211.47.93",
            "1-2-3-10.211.47.93",
            "fd12::7710.211.47.93",
            "10<!-- -->211<!-- -->47<!-- a > b -->93",
            "10<!doctype html>211<?a?>47<br>93",
            "10&comma;211&comma;47&comma;93",
            "10&middot;211&middot;47&middot;93",
            "10&sol;211&sol;47&sol;93",
            "10&hyphen;211&shy;47&zwnj;93",
            "10&lsqb;211&lsqb;47&lsqb;93",
            "10&unknown;211&unknown;47&unknown;93",
            "10&amp;#46;211&amp;#46;47&amp;#46;93",
            "10&amp;amp;period;211&amp;period;47&period;93",
            r"10\x{2e}211\x{2e}47\x{2e}93",
            r"10\o{56}211\o{56}47\o{56}93",
            r"10\u{2e}211\U0000002e47\u{2e}93",
            "\u{ff11}\u{ff10}.\u{ff12}11.47.93",
            "\u{ff11}\u{ff10}\u{ff0e}211\u{ff0e}47\u{ff0e}93",
            "10(dot)211(dot)47(dot)93",
            "10 . 211 . 47 . 93",
            "10. 211. 47. 93",
            "10.\u{200b}211.\u{200b}47.\u{200b}93",
            "10\u{2011}211\u{2011}47\u{2011}93",
            "10·211·47·93",
            "10。211。47。93",
            "10→211→47→93",
            "10][211][47][93",
            "10|211|47|93",
            "10 | 211 | 47 | 93",
            "10||211||47||93",
            "10~211~47~93",
            "10*211*47*93",
            "10!211!47!93",
            "10@211@47@93",
            "10#211#47#93",
            "10$211$47$93",
            "10^211^47^93",
            "10&211&47&93",
            "10&amp;211&amp;47&amp;93",
            "10=211=47=93",
            "10=>211=>47=>93",
            "10?211?47?93",
            "10<211<47<93",
            "10>211>47>93",
            "10\"211\"47\"93",
            r#"10\"211\"47\"93"#,
            r#"10","211","47","93"#,
            "10'211'47'93",
            "10`211`47`93",
            "10+211+47+93",
            "10,211,47,93",
            "10;211;47;93",
            "10%211%47%93",
            r"10\211\47\93",
            "10.<b>211</b>.47.93",
            "10</td><td>211</td><td>47</td><td>93",
            r"10.\u003cb class=\u0022a\u0022\u003e211.47.93",
            "10.\u{1b}[1;31m211\u{1b}[0m.47.93",
            "10\u{1b}[0m211\u{1b}[0m47\u{1b}[0m93",
            "0a|1b|2c|3d|4e|5f",
            "0a~d3~2f~5d",
            "10.211-47.93",
            "10.0.0-255.1-254",
            "0xa.0xd3.0x2f.0x5d",
            "7.7.0.0.a.9.8.7.6.5.4.3.2.1.d.f",
            "fd12[:]3456[:][:]77",
            "2001::17",
            "2026.10.211.47.93",
            "10:211:47:931",
            "10/211/47/93",
            "123456789012345678901234.10.211.47.93",
            "deadbeef-cafe-4242-8888-123456789abc",
            "2010.211.47.93",
            "fd00::17",
            "fd00:10:244::",
            "fd12%3A3456%3a789a%3A%3A77",
            "fd12%253A3456%253A%253A77",
            "::ffff:10.0.0.1",
            "52:54:00:12:34:56",
            "0a-1b-2c-3d-4e-5f",
            "0:1b:2c:3:4:5",
            "be:ad:de:ed:fa:ce",
            "52:54:00:ff:fe:12:34:56",
            "52-54-00-ff-fe-12-34-56",
            "5254.0012.3456",
            "52ab:0012:3456",
            "5254.00ff.fe12.3456",
            "52%3A54%3A00%3A12%3A34%3A56",
        ] {
            check(whole, whole);
        }
    }

    /// SECURITY.md names how many.
    #[test]
    fn so_many_marks_join_numbers() {
        let row = |mark: &str| ["10", "211", "47", "93"].join(mark);
        for mark in ["-".repeat(24), ". ".repeat(3)] {
            check(&row(&mark), &row(&mark));
        }
        for mark in ["-".repeat(25), ". ".repeat(4)] {
            check(&row(&mark), "");
        }
    }

    #[test]
    fn addresses_end_before_what_follows() {
        check("10.8.0.7:443", "10.8.0.7");
        check("10.8.0.7.", "10.8.0.7");
        check("10.8.0.79.443", "10.8.0.79");
        check("127.0.0.10.in-addr.arpa", "127.0.0.10");
        check("10-8-0-77.default.pod", "10-8-0-77");
        check("10-8-0-77-7d9c", "10-8-0-77");
        check("fd00::17]", "fd00::17");
        check("fd00::17%eth0", "fd00::17");
        check("fd00::17:error", "fd00::17");
        check("fd00::17:feedback", "fd00::17");
        check("fd00:10:244::/64", "fd00:10:244::");
        check("52:54:00:12:34:56.", "52:54:00:12:34:56");
    }

    #[test]
    fn times_versions_and_names_are_no_addresses() {
        for none in [
            "127.0.0.1:80",
            "0.0.0.0",
            "::1",
            "127.0.0.1",
            "2026-11-29-15",
            "2026.11.29.15",
            "2026.11.29.15.39.55",
            "2026-11-29-15-39-55-123",
            "15:39:55.123",
            "12.3%",
            "10.5MB",
            "1-2-3",
            "19:38:51.123",
            "1.36.2",
            "dec::add",
            "cafe1::Foo",
            "dead.beef.cafe",
            "12,13,14,0.5",
            "12|13|14|15:39:55",
            "0.5|1.5|2.5|3.5",
            r#"1":"2","3":"4","5":"6"#,
            r#"1":2,"3":4,"5":6"#,
            r#"10":"20:30:41"#,
            r#"1":{"2":{"3":{"4"#,
            "10% 20% 30% 40%",
            "a,b,c,d,e,f",
            "12 (34) 56 (78)",
            "[1., 2., 3., 4.]",
            "1,-2,3,-4",
            "1;.5;.7;.9",
            "10é211é47é93",
        ] {
            check(none, "");
        }
    }

    #[test]
    fn none_begins_inside_a_number() {
        let behind = |before, text| address_behind(before, text).unwrap_or(0);
        assert_eq!(behind("1", "0.8.0.7"), 0);
        assert_eq!(behind("9.", "10.8.0.7"), 0);
        assert_eq!(behind("ip", "10.8.0.7"), 8);
        assert_eq!(behind("servers.", "10.8.0.7"), 8);
        assert_eq!(behind("%20", "10.8.0.7"), 8);
        assert_eq!(behind(r"\u0028", "fd00::1"), 7);
        assert_eq!(behind("x", "fd00::1"), 0);
        assert_eq!(behind("\u{1b}[31m", "fd00::1"), 7);
        assert_eq!(behind(r"\u001b[31m", "fd00::1"), 7);
        assert_eq!(behind("ip", "10,8,0,7"), 8);
        assert_eq!(behind("ip", "0xa.0x8.0x0.0x7"), 15);
        assert_eq!(behind("ip", "a.8.0.7"), 0);
        assert_eq!(behind("load.func", "1.2.5.1"), 0);
        assert_eq!(behind("load.func", "10.0.0.1"), 8);
        assert_eq!(behind("load.deferwrap", "10.231.17.99"), 12);
        assert_eq!(behind("@v", "1.2.4-0.20230101123456-abcdef123456"), 0);
        assert_eq!(behind("@v", "1.2.3.4"), 7);
        assert_eq!(behind("anon", "2:10:20:30"), 0);
        assert_eq!(behind("anon1anon", "3-15:39:55"), 0);
        assert_eq!(behind("anon2.", "10.211.47.93"), 12);
        assert_eq!(behind(r"\xe9.", "10.211.47.93"), 12);
        assert_eq!(behind(r"\ud83d\ude00.", "10.211.47.93"), 12);
        assert_eq!(behind("canon", "2:10:20:30"), 10);
        assert!(holds_address("node-10-8-0-7"));
        assert!(!holds_address("node-2026-11-29"));
        assert!(!holds_address(
            "\u{1b}[1;38;5;196mnode\u{1b}[38;2;10;20;30m"
        ));
        assert!(holds_address("\u{1b}[10;211;47;93mnode"));
    }
}

//! The explorer of a report, as tests use it.

use std::time::Duration;

use serde_json::json;

use super::browser::Browser;

/// Waits until an expression holds: the page computes after an address changed.
#[track_caller]
pub(crate) fn wait(page: &mut Browser, expression: &str) {
    for _ in 0..200 {
        if page.holds(expression) {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("it never holds: {expression}");
}

/// Goes to an address of the explorer and waits until it is drawn.
#[track_caller]
pub(crate) fn go(page: &mut Browser, query: &str) {
    wait(page, "typeof kheap === 'object'");
    page.evaluate(&format!("location.hash = '#explore{query}'"));
    wait(
        page,
        "document.querySelector('#x-view')?.childElementCount > 0",
    );
    // The event of the new address comes after this answer.
    std::thread::sleep(Duration::from_millis(150));
}

/// Loads the page anew and waits until it can be asked.
#[track_caller]
pub(crate) fn reload(page: &mut Browser) {
    page.evaluate("window.isOld = true");
    page.call("Page.reload", json!({}));
    wait(
        page,
        "window.isOld === undefined && typeof kheap === 'object'",
    );
}

pub(crate) fn text(page: &mut Browser, selector: &str) -> String {
    let text = page.evaluate(&format!(
        "document.querySelector({selector:?})?.textContent"
    ));
    text.as_str().unwrap_or_default().to_owned()
}

/// Puts the keyboard on the widest box whose label has this, and presses a key there.
#[track_caller]
pub(crate) fn press_on(page: &mut Browser, label: &str, key: &str, code: u32) {
    let found = page.evaluate(&format!(
        "(() => {{ const box = Array.from(document.querySelectorAll('.x-box'))\
         .find((box) => box.getAttribute('aria-label').includes({label:?})); \
         box?.focus(); return Boolean(box); }})()"
    ));
    assert_eq!(found, json!(true), "{label} is drawn");
    page.press(key, code, key);
    std::thread::sleep(Duration::from_millis(150));
}

pub(crate) fn hash(page: &mut Browser) -> String {
    let hash = page.evaluate("decodeURIComponent(location.hash).replaceAll('+', ' ')");
    hash.as_str().unwrap_or_default().to_owned()
}

/// Where the widest box is whose label has this.
#[track_caller]
fn place_of(page: &mut Browser, label: &str) -> (f64, f64) {
    let at = page.evaluate(&format!(
        "(() => {{ const box = Array.from(document.querySelectorAll('.x-box'))\
         .find((box) => box.getAttribute('aria-label').includes({label:?})); \
         const {{ left, top, width }} = box.getBoundingClientRect(); \
         return [left + Math.min(width, 60) / 2, top + 9]; }})()"
    ));
    let number = |position: usize| at[position].as_f64();
    number(0).zip(number(1)).expect("it is drawn")
}

/// Moves the pointer onto a box.
#[track_caller]
pub(crate) fn point(page: &mut Browser, label: &str) {
    let (x, y) = place_of(page, label);
    for x in [x - 1.0, x] {
        mouse(page, "mouseMoved", "none", x, y);
    }
}

/// Clicks a box with a button of the mouse, and waits for what that draws.
#[track_caller]
pub(crate) fn click(page: &mut Browser, label: &str, button: &str) {
    let (x, y) = place_of(page, label);
    mouse(page, "mousePressed", button, x, y);
    mouse(page, "mouseReleased", button, x, y);
    std::thread::sleep(Duration::from_millis(150));
}

fn mouse(page: &mut Browser, kind: &str, button: &str, x: f64, y: f64) {
    let event = json!({"type": kind, "x": x, "y": y, "button": button, "clickCount": 1});
    page.call("Input.dispatchMouseEvent", event);
}

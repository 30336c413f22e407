//! Progress bars on standard error, where somebody watches.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const BAR: &str = "{msg:28} [{bar:30}] {human_pos}/{human_len} {per_sec} eta {eta}";
const COUNTER: &str = "{msg:28} {human_pos} {per_sec} {elapsed}";

/// A bar towards a known total; silent where standard error is no terminal.
pub(crate) fn bar(total: u64, message: &'static str) -> ProgressBar {
    styled(ProgressBar::with_draw_target(Some(total), target()), BAR, message)
}

/// A counter without a known total.
pub(crate) fn counter(message: &'static str) -> ProgressBar {
    styled(ProgressBar::with_draw_target(None, target()), COUNTER, message)
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

fn styled(bar: ProgressBar, template: &str, message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    bar.with_style(style.progress_chars("=> ")).with_message(message)
}

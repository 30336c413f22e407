//! Charts as inline SVG, drawn so that they are read at a phone's width: 480 units wide, labels above their bars.

use std::fmt::Write;

const WIDTH: f64 = 480.0;
const SIZE: f64 = 14.0;

/// A row of two bars: what it is called, and both lengths.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) current: u64,
    pub(super) draft: u64,
}

/// Text as HTML and SVG take it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A drawing with a title for those who do not see it; the numbers stand in a table beside it.
fn svg(id: &str, title: &str, height: f64, content: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"{id}\" font-size=\"{SIZE}\">\
         <title id=\"{id}\">{}</title>{content}</svg>",
        escaped(title)
    )
}

/// Two columns for each week, the numbers of the fullest at the axis.
pub(super) fn columns(id: &str, title: &str, rows: &[Row]) -> String {
    const HEIGHT: f64 = 200.0;
    const LEFT: f64 = 44.0;
    const TOP: f64 = 20.0;
    let most = rows.iter().map(|row| row.current.max(row.draft)).max().unwrap_or(0).max(1);
    let slot = (WIDTH - LEFT) / rows.len().max(1) as f64;
    let bar = (slot * 0.4).clamp(0.5, 28.0);
    let mut content = String::new();
    for (part, number) in [(0.0, most), (0.5, most / 2), (1.0, 0)] {
        if part == 0.5 && most % 2 == 1 {
            continue;
        }
        let y = TOP + part * HEIGHT;
        put(&mut content, format_args!("<path class=\"axis\" d=\"M{LEFT} {y}H{WIDTH}\"/>"));
        put(
            &mut content,
            format_args!("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{number}</text>", LEFT - 6.0, y + 5.0),
        );
    }
    // As many dates as there is room for.
    let apart = rows.len().div_ceil(4).max(1);
    for (at, Row { label, current, draft }) in rows.iter().enumerate() {
        let middle = LEFT + slot * (at as f64 + 0.5);
        for (class, number, x) in [("current", current, middle - bar), ("draft", draft, middle)] {
            let height = HEIGHT * *number as f64 / most as f64;
            let y = TOP + HEIGHT - height;
            put(
                &mut content,
                format_args!(
                    "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{bar:.1}\" height=\"{height:.1}\"/>"
                ),
            );
        }
        if at % apart == 0 {
            // A date at the end must not stand out of the picture.
            let (x, y) = ((middle - bar).min(WIDTH - 42.0), TOP + HEIGHT + 20.0);
            put(&mut content, format_args!("<text x=\"{x:.1}\" y=\"{y}\">{}</text>", escaped(label)));
        }
    }
    svg(id, title, TOP + HEIGHT + 28.0, &content)
}

/// Two bars under each label, with their numbers.
pub(super) fn pairs(id: &str, title: &str, rows: &[Row]) -> String {
    const ROW: f64 = 58.0;
    const ROOM: f64 = WIDTH - 70.0;
    let most = rows.iter().map(|row| row.current.max(row.draft)).max().unwrap_or(0).max(1);
    let mut content = String::new();
    for (at, Row { label, current, draft }) in rows.iter().enumerate() {
        let top = at as f64 * ROW;
        put(&mut content, format_args!("<text x=\"0\" y=\"{}\">{}</text>", top + 15.0, escaped(label)));
        for (class, number, y) in [("current", current, top + 20.0), ("draft", draft, top + 36.0)] {
            let length = ROOM * *number as f64 / most as f64;
            put(
                &mut content,
                format_args!(
                    "<rect class=\"{class}\" x=\"0\" y=\"{y}\" width=\"{length:.1}\" height=\"14\"/>"
                ),
            );
            put(
                &mut content,
                format_args!("<text x=\"{:.1}\" y=\"{}\">{number}</text>", length + 6.0, y + 12.0),
            );
        }
    }
    svg(id, title, (rows.len() as f64 * ROW).max(1.0), &content)
}

/// Bars to the left (what is found no more: `current`) and to the right (what is new: `draft`) of a middle line.
pub(super) fn both_ways(id: &str, title: &str, rows: &[Row]) -> String {
    const ROW: f64 = 48.0;
    const MIDDLE: f64 = WIDTH / 2.0;
    const ROOM: f64 = MIDDLE - 60.0;
    let most = rows.iter().map(|row| row.current.max(row.draft)).max().unwrap_or(0).max(1);
    let height = rows.len() as f64 * ROW;
    let mut content = String::new();
    for (at, Row { label, current, draft }) in rows.iter().enumerate() {
        let top = at as f64 * ROW;
        let length = |number: u64| ROOM * number as f64 / most as f64;
        let (left, right) = (length(*current), length(*draft));
        put(&mut content, format_args!("<text x=\"0\" y=\"{}\">{}</text>", top + 15.0, escaped(label)));
        let y = top + 22.0;
        put(
            &mut content,
            format_args!(
                "<rect class=\"less\" x=\"{:.1}\" y=\"{y}\" width=\"{left:.1}\" height=\"16\"/>",
                MIDDLE - left
            ),
        );
        put(
            &mut content,
            format_args!(
                "<rect class=\"more\" x=\"{MIDDLE}\" y=\"{y}\" width=\"{right:.1}\" height=\"16\"/>"
            ),
        );
        put(&mut content, format_args!("<path class=\"axis\" d=\"M{MIDDLE} {}V{}\"/>", y - 3.0, y + 19.0));
        let (x, y) = (MIDDLE - left - 6.0, y + 13.0);
        put(&mut content, format_args!("<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"end\">−{current}</text>"));
        put(&mut content, format_args!("<text x=\"{:.1}\" y=\"{y}\">+{draft}</text>", MIDDLE + right + 6.0));
    }
    svg(id, title, height.max(1.0), &content)
}

fn put(out: &mut String, part: std::fmt::Arguments<'_>) {
    out.write_fmt(part).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |label: &str, current, draft| Row { label: label.into(), current, draft };
        vec![row("<一>", 3, 6), row("二", 0, 0)]
    }

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let svg = pairs("x", "标题 & co", &rows());
        let widths: Vec<&str> =
            svg.split(" width=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(widths, ["205.0", "410.0", "0.0", "0.0"]);
        assert!(svg.contains("标题 &amp; co") && svg.contains("&lt;一&gt;"), "{svg}");
        let svg = columns("x", "周", &rows());
        let heights: Vec<&str> =
            svg.split(" height=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(heights, ["100.0", "200.0", "0.0", "0.0"]);
        let svg = both_ways("x", "差", &rows());
        assert!(svg.contains(">−3<") && svg.contains(">+6<"), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        for svg in [pairs("x", "空", &[]), columns("x", "空", &[]), both_ways("x", "空", &[])] {
            assert!(svg.starts_with("<svg") && !svg.contains("NaN") && !svg.contains("<rect"), "{svg}");
        }
    }
}

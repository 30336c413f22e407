//! The explanation of a finding: a Chinese text with `{column}` places, and `[parts]` that are there only where every
//! place in them has something to say.

/// A text with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(String),
    /// Left out where a place in it is empty.
    Optional(Template),
}

impl Template {
    /// Reads a text; says what is wrong with its braces and brackets.
    pub(crate) fn parse(text: &str) -> Result<Template, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('[') {
            let Some((inner, behind)) = after.split_once(']') else {
                return Err("`[` is not closed by `]`".into());
            };
            if before.contains(']') || inner.contains('[') {
                return Err("brackets must come in pairs, and not one in another".into());
            }
            parts.extend(places(before)?);
            let inner = Template(places(inner)?);
            if inner.places().next().is_none() {
                return Err(
                    "what is in `[…]` is left out where a `{column}` in it is empty, and has none".into()
                );
            }
            parts.push(Part::Optional(inner));
            rest = behind;
        }
        if rest.contains(']') {
            return Err("`]` has no `[` before it".into());
        }
        parts.extend(places(rest)?);
        Ok(Template(parts))
    }

    /// The names of its places.
    pub(crate) fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|part| match part {
            Part::Place(name) => vec![name.as_str()],
            Part::Text(_) => Vec::new(),
            Part::Optional(inner) => inner.places().collect(),
        })
    }

    /// The text with `fill` writing what stands in each place, and saying whether there is something.
    pub(crate) fn fill(&self, mut fill: impl FnMut(&str, &mut String) -> bool) -> String {
        let mut out = String::new();
        self.write(&mut fill, &mut out);
        out
    }

    /// Whether every place had something to say.
    fn write(&self, fill: &mut dyn FnMut(&str, &mut String) -> bool, out: &mut String) -> bool {
        let mut has_all = true;
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Place(name) => has_all &= fill(name, out),
                Part::Optional(inner) => {
                    let before = out.len();
                    if !inner.write(fill, out) {
                        out.truncate(before);
                    }
                }
            }
        }
        has_all
    }
}

/// Text and places of a text without brackets.
fn places(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            return Err("`{` is not closed by `}`".into());
        };
        if before.contains('}') {
            return Err("`}` has no `{` before it".into());
        }
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Place(name.to_owned()));
        rest = behind;
    }
    if rest.contains('}') {
        return Err("`}` has no `{` before it".into());
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled() {
        let upper = |name: &str, out: &mut String| {
            out.push_str(&name.to_uppercase());
            name != "none"
        };
        let template = Template::parse("自付{a}元，{b}起").unwrap();
        assert_eq!(template.places().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(template.fill(upper), "自付A元，B起");
        let template = Template::parse("[先{none}，]再{a}[{b}后][{a}{none}]{none}").unwrap();
        assert_eq!(template.places().collect::<Vec<_>>(), ["none", "a", "b", "a", "none", "none"]);
        assert_eq!(template.fill(upper), "再AB后NONE", "only what is in brackets is left out");
        for text in ["{a", "a}", "a} {b}", "{a}}", "[{a}", "{a}]", "[a [{b}]]", "[a]", "{a[}]"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}

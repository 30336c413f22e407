//! The explanation of a finding: a Chinese text with `{column}` places.

/// A text with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(String),
}

impl Template {
    /// Reads a text; says what is wrong with its braces.
    pub(crate) fn parse(text: &str) -> Result<Template, String> {
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
        Ok(Template(parts))
    }

    /// The names of its places.
    pub(crate) fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Place(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with `fill` writing what stands in each place.
    pub(crate) fn fill(&self, mut fill: impl FnMut(&str, &mut String)) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Place(name) => fill(name, &mut out),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled() {
        let template = Template::parse("自付{a}元，{b}起").unwrap();
        assert_eq!(template.places().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(template.fill(|name, out| out.push_str(&name.to_uppercase())), "自付A元，B起");
        for text in ["{a", "a}", "a} {b}", "{a}}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}

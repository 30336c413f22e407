//! Where in the event a field is; only names of the contract and indices, never a sender's key.

/// A place, as a list from the field up to `data`.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Key(&'static str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// `/data`.
    pub(super) const ROOT: Path<'static> = Path { parent: None, step: Step::Key("data") };

    pub(super) fn key(&'p self, key: &'static str) -> Path<'p> {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    pub(super) fn index(&'p self, index: usize) -> Path<'p> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// The JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let above = self.parent.map(Path::pointer).unwrap_or_default();
        match self.step {
            // RFC 6901 §3. No name of the contract needs it today.
            Step::Key(key) => format!("{above}/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("{above}/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers() {
        let list = Path::ROOT.key("a/b~c");
        assert_eq!(list.index(3).key("name").pointer(), "/data/a~1b~0c/3/name");
    }
}

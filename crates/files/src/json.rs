//! The JSON of an event. A tree of our own, because numbers keep their digits as written.

/// A JSON value. Objects keep the order in which fields were put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Text(String),
    /// A number or truth value as it stands in JSON.
    Literal(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Puts a value under a dotted path. The mapping has seen to it that no path runs through another's value.
    pub fn put(&mut self, path: &str, value: Json) {
        let Json::Object(fields) = self else { return };
        let Some((first, rest)) = path.split_once('.') else {
            fields.push((path.to_owned(), value));
            return;
        };
        let at = fields.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
            fields.push((first.to_owned(), Json::object()));
            fields.len() - 1
        });
        fields[at].1.put(rest, value);
    }

    /// Without fields.
    pub fn object() -> Json {
        Json::Object(Vec::new())
    }

    /// Writes it.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Text(text) => write_text(text, out),
            Json::Literal(literal) => out.push_str(literal),
            Json::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (at, (name, value)) in fields.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("any text can be written as JSON"));
}

//! JSON as a small tree that borrows from the bytes it was read from.

use std::borrow::Cow;

use jiter::{Jiter, JiterError, Peek};

use crate::{Code, Fault};

/// How deep lists and objects may be nested; no event type needs more than four levels.
const MAX_DEPTH: usize = 32;

/// How many values an event may have; a list of 1,000 members has four thousand. A value takes up to 56 bytes here
/// and no more than two in JSON.
const MAX_VALUES: usize = 50_000;

/// Up to so many keys are compared each with each; a larger object is sorted first.
const FEW_KEYS: usize = 16;

/// An object's fields in the order they came, without two of one key.
pub(crate) type Object<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    /// The text of a number, which follows JSON's grammar.
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Object<'a>),
}

/// What bytes hold: a tree, and what is wrong with it though it is JSON. Then some of the tree is left out.
pub(crate) struct Parsed<'a> {
    pub(crate) node: Node<'a>,
    pub(crate) fault: Option<Fault>,
}

impl<'a> Parsed<'a> {
    /// The tree, if nothing is wrong with it.
    pub(crate) fn whole(self) -> Result<Node<'a>, Fault> {
        self.fault.map_or(Ok(self.node), Err)
    }
}

/// Reads one JSON value, all of the bytes, strictly by RFC 8259; a key twice in one object is a fault too.
/// Faults have no pointer, because what leads to the place may be named by the sender.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed<'_>, Fault> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| fault(Code::JsonSyntax, "UTF-8", error.valid_up_to()))?;
    let mut reader = Reader { text, jiter: Jiter::new(bytes), values: 0, fault: None };
    let node = reader.whole();
    match (node, reader.fault) {
        (Ok(node), fault) => Ok(Parsed { node, fault }),
        // What is too deep to be skipped is called too deep.
        (Err(_), Some(fault)) | (Err(fault), None) => Err(fault),
    }
}

fn fault(code: Code, expected: &str, index: usize) -> Fault {
    Fault::new(code, "", format!("{expected} (see byte {})", index + 1))
}

fn syntax(error: JiterError) -> Fault {
    fault(Code::JsonSyntax, "JSON as of RFC 8259", error.index)
}

struct Reader<'a> {
    text: &'a str,
    jiter: Jiter<'a>,
    values: usize,
    fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    fn whole(&mut self) -> Result<Node<'a>, Fault> {
        let first = self.jiter.peek().map_err(syntax)?;
        let node = self.value(first, 0)?.unwrap_or(Node::Null);
        self.jiter.finish().map_err(syntax)?;
        Ok(node)
    }

    /// None for a value that is left out, because it is too deep or one too many.
    fn value(&mut self, peek: Peek, depth: usize) -> Result<Option<Node<'a>>, Fault> {
        self.values += 1;
        let is_nested = matches!(peek, Peek::Array | Peek::Object);
        if self.values > MAX_VALUES {
            self.note(Code::JsonSize, &format!("at most {MAX_VALUES} values"));
        } else if is_nested && depth == MAX_DEPTH {
            self.note(Code::JsonDepth, &format!("at most {MAX_DEPTH} levels"));
        } else {
            return self.kept(peek, depth).map(Some);
        }
        self.jiter.known_skip(peek).map_err(syntax)?;
        Ok(None)
    }

    fn kept(&mut self, peek: Peek, depth: usize) -> Result<Node<'a>, Fault> {
        match peek {
            Peek::Null => self.jiter.known_null().map(|()| Node::Null).map_err(syntax),
            Peek::True | Peek::False => self.jiter.known_bool(peek).map(Node::Bool).map_err(syntax),
            Peek::String => self.string().map(Node::String),
            Peek::Array => self.array(depth + 1).map(Node::Array),
            Peek::Object => self.object(depth + 1).map(Node::Object),
            _ => self.number(peek),
        }
    }

    /// The first fault is the one that is told.
    fn note(&mut self, code: Code, expected: &str) {
        if self.fault.is_none() {
            self.fault = Some(fault(code, expected, self.jiter.current_index()));
        }
    }

    fn number(&mut self, peek: Peek) -> Result<Node<'a>, Fault> {
        let start = self.jiter.current_index();
        let length = self.jiter.known_number_bytes(peek).map_err(syntax)?.len();
        Ok(Node::Number(&self.text[start..start + length]))
    }

    /// At the opening quotation mark.
    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.jiter.current_index();
        let length = self.jiter.known_bytes().map_err(syntax)?.len();
        self.unescaped(start, length)
    }

    /// The string whose quotation mark is at `start` and that is of so many bytes as written.
    fn unescaped(&self, start: usize, length: usize) -> Result<Cow<'a, str>, Fault> {
        let quoted = &self.text[start..start + length + 2];
        let raw = &quoted[1..=length];
        if !raw.as_bytes().contains(&b'\\') {
            return Ok(Cow::Borrowed(raw));
        }
        let mut inner = Jiter::new(quoted.as_bytes());
        let plain = inner
            .next_str()
            .map_err(|error| fault(Code::JsonSyntax, "JSON as of RFC 8259", start + error.index))?;
        Ok(Cow::Owned(plain.to_owned()))
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node<'a>>, Fault> {
        let mut items = Vec::new();
        let mut next = self.jiter.known_array().map_err(syntax)?;
        while let Some(peek) = next {
            items.extend(self.value(peek, depth)?);
            next = self.jiter.array_step().map_err(syntax)?;
        }
        Ok(items)
    }

    fn object(&mut self, depth: usize) -> Result<Object<'a>, Fault> {
        let mut fields = Vec::new();
        let mut before = self.jiter.current_index();
        let mut key = self.jiter.next_object_bytes().map_err(syntax)?.map(<[u8]>::len);
        while let Some(length) = key {
            // Between the value before and the key stand only a comma and white space.
            let quote = self.text.as_bytes()[before..].iter().position(|b| *b == b'"');
            let quote = quote.expect("a key was read from behind this place, in quotation marks");
            let name = self.unescaped(before + quote, length)?;
            let peek = self.jiter.peek().map_err(syntax)?;
            if let Some(value) = self.value(peek, depth)? {
                fields.push((name, value));
            }
            before = self.jiter.current_index();
            key = self.jiter.next_key_bytes().map_err(syntax)?.map(<[u8]>::len);
        }
        if has_duplicate(&fields) {
            self.note(Code::JsonDuplicateKey, "each key once in the object that ends here");
        }
        Ok(fields)
    }
}

fn has_duplicate(fields: &Object<'_>) -> bool {
    if fields.len() <= FEW_KEYS {
        return fields.iter().enumerate().any(|(at, (key, _))| fields[..at].iter().any(|(k, _)| k == key));
    }
    let mut keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &[u8]) -> Code {
        match parse(text) {
            Err(fault) | Ok(Parsed { fault: Some(fault), .. }) => fault.code,
            Ok(_) => panic!("{} is taken", String::from_utf8_lossy(text)),
        }
    }

    fn is_whole(text: &[u8]) -> bool {
        parse(text).is_ok_and(|parsed| parsed.fault.is_none())
    }

    #[test]
    fn a_tree_that_borrows() {
        let text =
            br#" { "a" : [1, -0.5e+3 , true,null] ,"\u5f20" : "\u4e09\n","c":{}, "d":"\ud83d\ude00\"" } "#;
        let Node::Object(fields) = parse(text).unwrap().node else { panic!("no object") };
        let list = ["1", "-0.5e+3"].map(Node::Number).into_iter();
        assert_eq!(fields[0].1, Node::Array(list.chain([Node::Bool(true), Node::Null]).collect()));
        assert_eq!(fields[1], ("张".into(), Node::String("三\n".into())));
        assert!(matches!(&fields[0].0, Cow::Borrowed("a")));
        assert_eq!(fields[2].1, Node::Object(vec![]));
        assert_eq!(fields[3].1, Node::String("😀\"".into()));
    }

    #[test]
    fn refuses_what_is_not_json() {
        for text in [
            &b""[..],
            b" ",
            b"{",
            b"[1,]",
            b"{\"a\":1,}",
            b"{\"a\" 1}",
            b"{a:1}",
            b"{'a':1}",
            b"1 2",
            b"{} {}",
            b"nul",
            b"NaN",
            b"-NaN",
            b"Infinity",
            b"-Infinity",
            b"[NaN]",
            b"01",
            b"-01",
            b"1.",
            b".5",
            b"+1",
            b"-",
            b"1e",
            b"0x1",
            b"1.2.3",
            b"\"\\ud800\"",
            b"\"\\udc00x\"",
            b"\"\\ud800\\u0041\"",
            b"\"a\nb\"",
            b"\"\x00\"",
            b"\"\\x\"",
            b"\"\xff\"",
            b"\xef\xbb\xbf{}",
            b"\"\xed\xa0\x80\"",
            b"{\"\\ud800\":1}",
            b"\"abc",
            b"tru",
            b"[1 2]",
            b"//\n1",
        ] {
            assert_eq!(code(text), Code::JsonSyntax, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn refuses_depth_and_repeated_keys() {
        let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
        assert!(is_whole(&nested(32)));
        assert_eq!(code(&nested(33)), Code::JsonDepth);
        assert_eq!(code(&b"{\"a\":".repeat(1_000_000)), Code::JsonDepth);
        assert_eq!(code(br#"{"a":1,"b":{"c":1,"\u0063":2}}"#), Code::JsonDuplicateKey);
        let many = |last: &str| {
            let keys: Vec<_> = (0..40).map(|i| format!("\"k{i}\":{i}")).collect();
            format!("{{{},\"{last}\":1}}", keys.join(","))
        };
        assert_eq!(code(many("k3").as_bytes()), Code::JsonDuplicateKey);
        assert!(is_whole(many("k40").as_bytes()));
    }

    #[test]
    fn what_is_too_much_is_left_out_and_the_rest_kept() {
        let list = |items: usize| format!("[{}]", vec!["{}"; items].join(","));
        assert!(is_whole(list(MAX_VALUES - 1).as_bytes()));
        assert_eq!(code(list(MAX_VALUES).as_bytes()), Code::JsonSize);
        let text = format!(r#"{{"id":"a","data":{},"source":"b"}}"#, list(3_000_000));
        let Node::Object(fields) = parse(text.as_bytes()).unwrap().node else { panic!("no object") };
        assert_eq!(fields[0], ("id".into(), Node::String("a".into())));
        let deep = format!(r#"{{"data":{}{},"id":"a"}}"#, "[".repeat(60), "]".repeat(60));
        let parsed = parse(deep.as_bytes()).unwrap();
        assert_eq!(parsed.fault.unwrap().code, Code::JsonDepth);
        assert!(matches!(parsed.node, Node::Object(fields) if fields[1].0 == "id"));
    }
}

//! Where a span stands in its trace, as the header `traceparent` of W3C Trace Context says it.

use std::fmt;

/// A trace: what one sampled event caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub(crate) [u8; 16]);

/// A span of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub(crate) [u8; 8]);

/// The span that what follows is a child of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
    /// Whether whoever began the trace wants it to be kept.
    pub is_sampled: bool,
}

/// The flag of <https://www.w3.org/TR/trace-context/#sampled-flag>.
const SAMPLED: u8 = 1;
/// Characters of version 00.
const LENGTH: usize = 55;

impl TraceParent {
    /// Reads a header as Trace Context, §3.2, has it; nothing where it is anything else. What a later version adds behind
    /// is passed over.
    pub fn parse(header: &[u8]) -> Option<TraceParent> {
        let (head, rest) = header.split_at_checked(LENGTH)?;
        let version = bytes::<1>(&head[..2])?[0];
        let may_go_on = version != 0 && rest.first() == Some(&b'-');
        let is_whole = rest.is_empty() || may_go_on;
        if version == 0xff || !is_whole || [head[2], head[35], head[52]] != [b'-'; 3] {
            return None;
        }
        let (trace, span) = (bytes::<16>(&head[3..35])?, bytes::<8>(&head[36..52])?);
        let flags = bytes::<1>(&head[53..])?[0];
        let is_none = trace == [0; 16] || span == [0; 8];
        (!is_none).then_some(TraceParent {
            trace: TraceId(trace),
            span: SpanId(span),
            is_sampled: flags & SAMPLED == SAMPLED,
        })
    }

    /// As [`TraceParent::parse`], of a header that somebody else made. Ids are random by the standard: those that are
    /// written with decimal digits alone may be a document number instead, and are taken for none.
    pub fn parse_foreign(header: &[u8]) -> Option<TraceParent> {
        let read = TraceParent::parse(header)?;
        let is_number = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        (!is_number(&header[3..35]) && !is_number(&header[36..52])).then_some(read)
    }
}

/// Lower-case hexadecimal digits, two for each byte.
fn bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut found = [0; N];
    for (byte, pair) in found.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(found)
}

/// The header.
impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace, self.span, u8::from(self.is_sampled) * SAMPLED)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the standard.
    const EXAMPLE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn the_example_of_the_standard_is_read() {
        let read = TraceParent::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(read.trace.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(read.span.to_string(), "b7ad6b7169203331");
        assert!(read.is_sampled);
        assert_eq!(read.to_string(), EXAMPLE);
        let unsampled = TraceParent::parse(EXAMPLE.replace("-01", "-00").as_bytes()).unwrap();
        assert!(!unsampled.is_sampled && unsampled.to_string().ends_with("-00"));
        // Flags that are not known yet are passed over.
        assert!(TraceParent::parse(EXAMPLE.replace("-01", "-ff").as_bytes()).unwrap().is_sampled);
        assert!(!TraceParent::parse(EXAMPLE.replace("-01", "-fe").as_bytes()).unwrap().is_sampled);
    }

    #[test]
    fn later_versions_may_say_more_and_this_one_may_not() {
        let later = EXAMPLE.replacen("00", "cc", 1);
        assert!(TraceParent::parse(later.as_bytes()).is_some());
        assert!(TraceParent::parse(format!("{later}-what-may-come").as_bytes()).is_some());
        assert!(TraceParent::parse(format!("{later}.what").as_bytes()).is_none());
        assert!(TraceParent::parse(format!("{EXAMPLE}-more").as_bytes()).is_none());
    }

    #[test]
    fn anything_else_is_nothing() {
        for wrong in [
            String::new(),
            EXAMPLE[1..].to_owned(),
            EXAMPLE[..54].to_owned(),
            EXAMPLE.replacen("00", "ff", 1),
            EXAMPLE.replace("0af7", "0AF7"),
            EXAMPLE.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            EXAMPLE.replace("b7ad6b7169203331", &"0".repeat(16)),
            EXAMPLE.replace("-b7", "_b7"),
            EXAMPLE.replace("-01", "-0g"),
            format!(" {EXAMPLE}"),
            "省".repeat(20),
        ] {
            assert_eq!(TraceParent::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn ids_that_may_be_document_numbers_are_not_taken_over() {
        assert!(TraceParent::parse_foreign(EXAMPLE.as_bytes()).is_some());
        let padded = EXAMPLE.replace("0af7651916cd43dd8448eb211c80319c", "00000000000000320614199003070012");
        assert!(TraceParent::parse(padded.as_bytes()).is_some());
        assert!(TraceParent::parse_foreign(padded.as_bytes()).is_none());
        let old = EXAMPLE.replace("b7ad6b7169203331", "0320614900307001");
        assert!(TraceParent::parse_foreign(old.as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(trace in any::<[u8; 16]>(), span in any::<[u8; 8]>(), is_sampled: bool) {
            prop_assume!(trace != [0; 16] && span != [0; 8]);
            let told = TraceParent { trace: TraceId(trace), span: SpanId(span), is_sampled };
            prop_assert_eq!(TraceParent::parse(told.to_string().as_bytes()), Some(told));
        }

        #[test]
        fn no_bytes_are_too_odd(bytes: Vec<u8>) {
            let _ = TraceParent::parse_foreign(&bytes);
        }
    }
}

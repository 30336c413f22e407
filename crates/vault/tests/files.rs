//! Which files are taken: by their content, never by their name.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use proptest::prelude::*;
use sanzao_vault::{AttachmentError, AttachmentId, File, FileName, MediaType, Report};
use support::files::*;

fn check(media_type: MediaType, bytes: &[u8]) -> Result<File, AttachmentError> {
    file("a", media_type, bytes.to_vec())
}

const ALL: [MediaType; 4] = [MediaType::Jpeg, MediaType::Png, MediaType::Pdf, MediaType::Text];

fn good(media_type: MediaType) -> Vec<u8> {
    match media_type {
        MediaType::Jpeg => jpeg(4000, 3000),
        MediaType::Png => png(1000, 900),
        MediaType::Pdf => pdf(&[]),
        MediaType::Text => "张秀兰：低保\t已停\r\n".as_bytes().to_vec(),
    }
}

#[test]
fn each_type_is_taken_for_what_it_is_and_for_nothing_else() {
    for media_type in ALL {
        let bytes = good(media_type);
        let taken = check(media_type, &bytes).unwrap();
        assert_eq!((taken.media_type(), taken.bytes()), (media_type, &bytes[..]));
        for other in ALL.into_iter().filter(|other| *other != media_type) {
            let error = check(other, &bytes).unwrap_err();
            assert!(matches!(error, AttachmentError::OtherType { .. }), "{media_type} as {other}: {error}");
        }
    }
    for (bytes, found) in [
        (b"<html><body>".as_slice(), "text/html"),
        (b"  <SCRIPT >alert(1)", "text/html"),
        (b"PK\x03\x04\x14\0\0\0", "application/zip"),
        (b"MZ\x90\0\x03 %PDF-1.7", "application/vnd.microsoft.portable-executable"),
        (b"#!/bin/sh\n", "text/x-shellscript"),
        (b"GIF89a\x01\0", "image/gif"),
    ] {
        for media_type in ALL {
            let error = check(media_type, bytes).unwrap_err();
            assert_eq!(error, AttachmentError::OtherType { declared: media_type, found });
        }
    }
}

#[test]
fn what_is_cut_off_is_refused() {
    for media_type in [MediaType::Jpeg, MediaType::Png, MediaType::Pdf] {
        let bytes = good(media_type);
        let last = bytes.len() - if media_type == MediaType::Pdf { 2 } else { 1 };
        for end in 0..last {
            assert!(check(media_type, &bytes[..end]).is_err(), "{media_type} cut at {end}");
        }
    }
    for text in [&b"a\0b"[..], b"\xFF\xFEa\0", b"caf\xE9", b"\x1b[2J", "a\u{85}".as_bytes()] {
        assert_eq!(
            check(MediaType::Text, text),
            Err(AttachmentError::Malformed { media_type: MediaType::Text })
        );
    }
    let mut odd = png(2, 2);
    odd[8 + 7] = b'X';
    assert!(check(MediaType::Png, &odd).is_err(), "IHDR is not the first");
}

#[test]
fn great_images_are_refused_by_what_they_say_of_themselves() {
    for (bytes, media_type) in [
        (png(10_000, 5_000), MediaType::Png),
        (jpeg(10_000, 5_000), MediaType::Jpeg),
        (jpeg(1, 65_535), MediaType::Jpeg),
    ] {
        assert!(check(media_type, &bytes).is_ok());
    }
    for (bytes, media_type, pixels) in [
        (png(10_000, 5_001), MediaType::Png, 50_010_000),
        (png(u32::MAX, u32::MAX), MediaType::Png, u64::from(u32::MAX) * u64::from(u32::MAX)),
        (jpeg(65_535, 65_535), MediaType::Jpeg, 65_535 * 65_535),
    ] {
        let most = 50_000_000;
        assert_eq!(check(media_type, &bytes), Err(AttachmentError::Pixels { pixels, most }));
    }
    assert!(check(MediaType::Png, &png(0, 5)).is_err());
    assert!(check(MediaType::Jpeg, &jpeg(5, 0)).is_err());
}

#[test]
fn length_is_looked_at_first() {
    assert_eq!(check(MediaType::Text, b""), Err(AttachmentError::Empty));
    assert!(check(MediaType::Text, &text(1, 10 << 20)).is_ok());
    let bytes = (10 << 20) + 1;
    assert_eq!(check(MediaType::Text, &text(1, bytes as usize)), Err(AttachmentError::TooLong { bytes }));
}

/// An object stream: objects 10 and so on, each after its place.
fn objects(body: &str, dictionary: &str) -> Vec<u8> {
    stream(&format!("/Type /ObjStm /N 1 /First 5 {dictionary}"), &packed(format!("10 0 {body}").as_bytes()))
}

#[test]
fn a_pdf_that_does_something_is_refused_however_it_says_so() {
    let plain = |body: &str| vec![body.as_bytes().to_vec()];
    for (more, what) in [
        (plain("<< /S /JavaScript /JS (app.alert\\(1\\)) >>"), "JavaScript"),
        (plain("<</S/Launch/F(cmd.exe)>>"), "Launch"),
        (plain("<< /Type /EmbeddedFile >>"), "EmbeddedFile"),
        (plain("<< /Names << /EmbeddedFiles 9 0 R >> >>"), "EmbeddedFiles"),
        (plain("<< /S /#4Aava#53cript >>"), "JavaScript"),
        (plain("<< /S /#4c#61#75#6e#63#68>>"), "Launch"),
        (plain("<< /S /Rendition /JS 8 0 R >>"), "Rendition"),
        (vec![objects("<< /S /JavaScript >>", "/Filter /FlateDecode")], "JavaScript"),
        (vec![objects("<< /S /La#75nch >>", "/Filter/Fl")], "Launch"),
        (vec![stream("", &packed(b"<< /S /JavaScript >>"))], "JavaScript"),
        // Behind a quarter of a megabyte, on the seam between two parts that are unpacked.
        (
            vec![objects(&format!("{}/JavaScript ", " ".repeat((1 << 18) - 12)), "/Filter /FlateDecode")],
            "JavaScript",
        ),
    ] {
        assert_eq!(check(MediaType::Pdf, &pdf(&more)), Err(AttachmentError::Active { what }));
    }
    for (more, error) in [
        (plain("<< /Encrypt 9 0 R >>"), AttachmentError::Encrypted),
        (vec![objects("<< >>", "/Filter /LZWDecode")], AttachmentError::Hidden),
        (vec![objects("<< >>", "/Filter [/ASCII85Decode /FlateDecode]")], AttachmentError::Hidden),
        (vec![objects("<< >>", "/Filter 9 0 R")], AttachmentError::Hidden),
        (
            vec![objects("<< >>", "/Filter /FlateDecode /DecodeParms << /Predictor 12 >>")],
            AttachmentError::Hidden,
        ),
        (vec![stream("/N 1 /First 5 /X (1 0 obj <<) /Filter /LZWDecode", b"..")], AttachmentError::Hidden),
        (vec![stream("/N 1 /First 5 /Filter /FlateDecode", b"not zlib")], AttachmentError::Hidden),
    ] {
        assert_eq!(check(MediaType::Pdf, &pdf(&more)), Err(error));
    }
    for more in [
        plain("<< /Title (/JavaScripts and /Launcher) /URI (http://example.org) >>"),
        vec![objects("<< /Type /Font >>", "/Filter /FlateDecode")],
        // A colour profile has /N, outlines have /First; a table of objects is packed with a predictor.
        vec![stream("/N 3 /Filter /LZWDecode", b"..")],
        vec![stream(
            "/Type /XRef /W [1 2 1] /Filter /FlateDecode /DecodeParms << /Predictor 12 >>",
            &packed(&[0; 9]),
        )],
        plain("<< /First 3 0 R /X <</N 1>> >>"),
    ] {
        check(MediaType::Pdf, &pdf(&more)).unwrap();
    }
}

#[test]
fn a_pdf_that_only_begins_keeps_nobody_busy() {
    for part in [&b"obj<<"[..], b"obj<<(", b"stream\n\x78\x9c", b"/#4", b"obj%"] {
        let times = (10 << 20) / part.len() - 1_000;
        let whole = [pdf(&[]), part.repeat(times), pdf(&[])].concat();
        let start = std::time::Instant::now();
        let taken = check(MediaType::Pdf, &whole);
        println!("{:?}: {:?} in {:?}", part.escape_ascii().to_string(), taken.is_ok(), start.elapsed());
        assert!(
            start.elapsed() < std::time::Duration::from_secs(60),
            "it grows with the square of its length"
        );
    }
    let open = [pdf(&[]), b"obj<<".repeat(2_000_000), pdf(&[])].concat();
    assert_eq!(check(MediaType::Pdf, &open), Err(AttachmentError::Hidden));
}

/// `cargo test --release -p sanzao-vault --test files -- --ignored`: it takes minutes without optimisation.
#[test]
#[ignore = "measures"]
fn a_bomb_is_refused_in_time() {
    let bomb = stream("/Filter /FlateDecode", &packed(&vec![b' '; 149_000_000]));
    assert!(bomb.len() < 1_000_000);
    let start = std::time::Instant::now();
    let bombs = vec![bomb; 5];
    assert!(matches!(check(MediaType::Pdf, &pdf(&bombs)), Err(AttachmentError::Unpacks { .. })));
    println!("{:?}", start.elapsed());
}

#[test]
fn names_are_text_to_show() {
    for good in ["家访照片 1.jpg", "a", &"长".repeat(120), "..", "C:x", "<b>.png"] {
        assert_eq!(good.parse::<FileName>().unwrap().as_str(), good);
    }
    let long = "长".repeat(121);
    for bad in ["", "  ", "a/b", "a\\b", "a\0", "a\nb", "a\u{7f}", "a\u{202E}gpj.exe", &long] {
        assert_eq!(bad.parse::<FileName>(), Err(AttachmentError::Name), "{bad:?}");
    }
    for (text, expected) in [
        ("image/jpeg", Some(MediaType::Jpeg)),
        ("TEXT/plain; charset=UTF-8", Some(MediaType::Text)),
        ("text/plain;charset=gbk", None),
        ("image/png; charset=utf-8", None),
        ("image/svg+xml", None),
        ("", None),
    ] {
        assert_eq!(text.parse::<MediaType>().ok(), expected, "{text}");
    }
}

#[test]
fn reports_have_bounds_and_show_nothing_of_themselves() {
    let new = |said: &str, who: Option<&str>| Report::new(said.to_owned(), who.map(str::to_owned), None);
    assert!(new(&"说".repeat(4_000), Some(&"名".repeat(120))).is_ok());
    assert_eq!(new("说\n了", Some(" ")).unwrap().reporter(), None);
    for (said, who) in [("", None), (" \n", None), ("a\0", None), ("a", Some("b\x1b"))] {
        assert_eq!(new(said, who), Err(AttachmentError::Report));
    }
    assert!(new(&"说".repeat(4_001), None).is_err() && new("说", Some(&"名".repeat(121))).is_err());
    let report = new("张秀兰", None).unwrap();
    let file = file("张秀兰.txt", MediaType::Text, b"x".to_vec()).unwrap();
    let shown = format!("{report:?} {file:?} {:?}", file.name());
    assert_eq!(shown, "Report(…) File(…) FileName(…)");
}

#[test]
fn ids_are_of_a_holder_and_a_key() {
    use sanzao_model::{HouseholdId, PersonId, SubjectId};
    let (person, household) =
        (SubjectId::Person(PersonId([1; 16])), SubjectId::Household(HouseholdId([1; 16])));
    let id = AttachmentId::derived(person, "key");
    assert_eq!(id, AttachmentId::derived(person, "key"));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_ne!(id, AttachmentId::derived(person, "key2"));
    assert_ne!(id, AttachmentId::derived(household, "key"));
    assert!(
        "0".repeat(31).parse::<AttachmentId>().is_err()
            && format!("+{}", "0".repeat(31)).parse::<AttachmentId>().is_err()
    );
}

proptest! {
    /// Nothing panics, and what is taken is what it was.
    #[test]
    fn any_bytes(
        which in 0_usize..4, bytes in prop::collection::vec(any::<u8>(), 0..400), at in any::<prop::sample::Index>(), cut in 0_usize..40,
    ) {
        let mut whole = good(ALL[which]);
        let at = at.index(whole.len());
        let end = (at + cut).min(whole.len());
        whole.splice(at..end, bytes.clone());
        for media_type in ALL {
            for bytes in [&bytes, &whole] {
                if let Ok(taken) = check(media_type, bytes) {
                    prop_assert_eq!(taken.bytes(), &bytes[..]);
                }
            }
        }
    }

    /// However a refused name is written, and wherever it stands.
    #[test]
    fn no_spelling_hides_a_name(escaped in prop::collection::vec(any::<bool>(), 10), is_upper in any::<bool>(), in_stream in any::<bool>()) {
        let name: String = "JavaScript".bytes().zip(escaped).map(|(byte, escaped)| match (escaped, is_upper) {
            (false, _) => char::from(byte).to_string(),
            (true, false) => format!("#{byte:02x}"),
            (true, true) => format!("#{byte:02X}"),
        }).collect();
        let body = format!("<< /S /{name} /JS (x) >>");
        let object = if in_stream { objects(&body, "/Filter /FlateDecode") } else { body.into_bytes() };
        prop_assert_eq!(check(MediaType::Pdf, &pdf(&[object])), Err(AttachmentError::Active { what: "JavaScript" }));
    }
}

//! Files to attach, made here.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sanzao_vault::{AttachmentError, Content, File, MediaType, NewAttachment, Report};

pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

/// A black picture of one byte for each pixel.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    // Not all of a great one.
    let rows = vec![0; (width as usize + 1).min(2_000) * height.min(2_000) as usize];
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let parts = [chunk(b"IHDR", &head), chunk(b"IDAT", &packed(&rows)), chunk(b"IEND", &[])];
    [&b"\x89PNG\r\n\x1a\n"[..], &parts.concat()].concat()
}

/// Headers of a JPEG of one component and no picture in between.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
    bytes.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    bytes.extend([0xFF, 0xC0, 0, 11, 8]);
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x55, 0xFF, 0xD9]);
    bytes
}

/// A PDF with these objects, each as it stands between `n 0 obj` and `endobj`.
pub fn pdf_of(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::new();
    for (object, number) in objects.iter().zip(1..) {
        offsets.push(bytes.len());
        bytes.extend(format!("{number} 0 obj\n").as_bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let table = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for offset in &offsets {
        bytes.extend(format!("{offset:010} 00000 n \n").as_bytes());
    }
    let size = objects.len() + 1;
    bytes.extend(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").as_bytes());
    bytes
}

pub fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// A page, with more objects behind it.
pub fn pdf(more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R /Names << /Dests 5 0 R >> >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>".to_vec(),
        stream("/Filter /FlateDecode", &packed(b"BT /F1 12 Tf (Launch) Tj ET")),
    ];
    objects.extend_from_slice(more);
    pdf_of(&objects)
}

pub fn file(name: &str, media_type: MediaType, bytes: Vec<u8>) -> Result<File, AttachmentError> {
    File::new(name.parse()?, media_type, bytes)
}

/// A text of so many bytes, which differs by `n` everywhere.
pub fn text(n: u64, bytes: usize) -> Vec<u8> {
    let lines = (0_u64..).flat_map(|line| format!("{n}: line {line} of what was seen\n").into_bytes());
    lines.take(bytes).collect()
}

pub fn attached(n: u64, bytes: usize) -> NewAttachment {
    let file = file(&format!("张秀兰家访记录 {n}.txt"), MediaType::Text, text(n, bytes)).unwrap();
    NewAttachment { id: id(n), content: Content::File(file) }
}

pub fn reported(n: u64) -> NewAttachment {
    let said = format!("隔壁老人已经三天没有出门了，第 {n} 次来电");
    let report = Report::new(said, Some("李大山".to_owned()), Some(format!("139{n:08}"))).unwrap();
    NewAttachment { id: id(n), content: Content::Report(report) }
}

pub fn id(n: u64) -> sanzao_vault::AttachmentId {
    sanzao_vault::AttachmentId(
        u128::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834).to_be_bytes(),
    )
}

//! From where a request came before it came through a proxy.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;

/// To which each proxy appends from where it was asked.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// From where a request comes that one of these proxies passes on; none for what comes from elsewhere, whatever it says.
pub(crate) fn come_from(request: &Request, proxies: &[IpAddr]) -> Option<ConnectInfo<SocketAddr>> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let address = passed_on(request.headers(), peer.ip(), proxies)?;
    Some(ConnectInfo(SocketAddr::new(address, 0)))
}

/// The last address that is no proxy's: what stands before it anybody could have written.
fn passed_on(headers: &HeaderMap, peer: IpAddr, proxies: &[IpAddr]) -> Option<IpAddr> {
    let is_proxy = |address: &IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == *address);
    if !is_proxy(&peer.to_canonical()) {
        return None;
    }
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    for text in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let address = text.trim().parse::<IpAddr>().ok()?.to_canonical();
        if !is_proxy(&address) {
            return Some(address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_what_a_proxy_says_is_believed() {
        let proxies: Vec<IpAddr> = ["127.0.0.1", "2001:db8::1"].map(|text| text.parse().unwrap()).to_vec();
        let told = |peer: &str, lines: &[&'static str]| {
            let line = |text: &&'static str| {
                (HeaderName::from_static(FORWARDED_FOR), HeaderValue::from_static(text))
            };
            let mut headers = HeaderMap::new();
            headers.extend(lines.iter().map(line));
            passed_on(&headers, peer.parse().unwrap(), &proxies).map(|address| address.to_string())
        };
        let is = |address: &str| Some(address.to_owned());
        assert_eq!(told("127.0.0.1", &["192.0.2.1"]), is("192.0.2.1"));
        assert_eq!(told("::ffff:127.0.0.1", &["::ffff:192.0.2.1"]), is("192.0.2.1"));
        assert_eq!(told("127.0.0.1", &["10.0.0.1, 192.0.2.1"]), is("192.0.2.1"), "the first is made up");
        assert_eq!(told("127.0.0.1", &["10.0.0.1", "192.0.2.1"]), is("192.0.2.1"));
        assert_eq!(told("127.0.0.1", &["192.0.2.1, 2001:db8::1 ,127.0.0.1"]), is("192.0.2.1"), "two proxies");
        assert_eq!(told("192.0.2.9", &["192.0.2.1"]), None, "that is no proxy");
        for nothing in [&[][..], &[""], &["127.0.0.1"], &["192.0.2.1, unknown"], &["192.0.2.1,"]] {
            assert_eq!(told("127.0.0.1", nothing), None, "{nothing:?}");
        }
    }
}

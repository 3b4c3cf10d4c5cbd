//! The names and addresses that a listener answers to.
//!
//! A foreign page can have a name of its own point to this machine and then read, as if it were its own, whatever
//! answers there (DNS rebinding). Its requests ask for that name. Addresses cannot be pointed elsewhere.

use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, SocketAddr};

/// What stands in `Host` of a request that is meant for this listener.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Where it listens.
    address: IpAddr,
    /// Names without a port, in lower case; `None` answers to any.
    others: Option<Vec<String>>,
}

impl Names {
    /// Of a listener: its address, and these.
    pub(crate) fn of(address: SocketAddr, others: impl IntoIterator<Item = String>) -> Names {
        let others = others.into_iter().map(|name| name.to_ascii_lowercase()).collect();
        Names { address: address.ip(), others: Some(others) }
    }

    /// Of a listener for machines that know it by names of their own; on loopback it has none.
    pub(crate) fn any(address: SocketAddr) -> Names {
        let others = address.ip().is_loopback().then(Vec::new);
        Names { address: address.ip(), others }
    }

    /// The host that a request asks for, as written, where it is one of these.
    pub(super) fn asked<'a>(&self, uri: &Uri, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
        let host = host.to_str().ok()?;
        // A request may also name its host in its first line; then it says the same twice.
        let said_again =
            uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
        (said_again && self.include(without_port(host)?)).then_some(host)
    }

    fn include(&self, name: &str) -> bool {
        let Some(others) = &self.others else { return true };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let here = self.address.is_loopback() || self.address.is_unspecified();
        match bare.parse::<IpAddr>() {
            Ok(ip) if self.address.is_unspecified() => !ip.is_unspecified() || others_have(others, name),
            Ok(ip) if self.address.is_loopback() => ip.is_loopback() || others_have(others, name),
            Ok(ip) => ip == self.address || others_have(others, name),
            Err(_) => (here && name.eq_ignore_ascii_case("localhost")) || others_have(others, name),
        }
    }
}

fn others_have(others: &[String], name: &str) -> bool {
    others.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// A host without its port; none where it is no host at all.
pub(crate) fn without_port(host: &str) -> Option<&str> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => {
            (!port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)?
        }
        _ => host,
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte);
    let bracketed = name.starts_with('[') && name.ends_with(']');
    (!name.is_empty() && name.bytes().all(fits) && (bracketed || !name.contains(':'))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Listener, names beside, host asked for, whether it is answered.
    #[test]
    fn hosts() {
        for (listens, others, host, answered) in [
            ("127.0.0.1:8470", "", "127.0.0.1:8470", true),
            ("127.0.0.1:8470", "", "127.0.0.1", true),
            ("127.0.0.1:8470", "", "localhost:9", true),
            ("127.0.0.1:8470", "", "LOCALHOST:8470", true),
            ("127.0.0.1:8470", "", "[::1]:8470", true),
            ("127.0.0.1:8470", "", "evil.example", false),
            ("127.0.0.1:8470", "", "evil.example:8470", false),
            ("127.0.0.1:8470", "", "127.0.0.1.evil.example:8470", false),
            ("127.0.0.1:8470", "", "localhost.evil.example", false),
            ("127.0.0.1:8470", "", "192.0.2.1:8470", false),
            ("127.0.0.1:8470", "", "0.0.0.0:8470", false),
            ("127.0.0.1:8470", "", "evil.example@127.0.0.1", false),
            ("127.0.0.1:8470", "", "127.0.0.1:x", false),
            ("127.0.0.1:8470", "", "::1", false),
            ("127.0.0.1:8470", "", "", false),
            ("127.0.0.1:8470", "ledger.example", "Ledger.Example", true),
            ("192.0.2.1:8470", "node-1", "192.0.2.1:8470", true),
            ("192.0.2.1:8470", "node-1", "node-1:8470", true),
            ("192.0.2.1:8470", "node-1", "localhost:8470", false),
            ("192.0.2.1:8470", "node-1", "192.0.2.2:8470", false),
            ("192.0.2.1:8470", "192.0.2.2", "192.0.2.2:8470", true),
            ("0.0.0.0:8470", "node-1", "192.0.2.2:8470", true),
            ("0.0.0.0:8470", "node-1", "localhost:8472", true),
            ("0.0.0.0:8470", "node-1", "node-2:8470", false),
            ("[::]:8470", "", "[2001:db8::1]:8470", true),
        ] {
            let others = (!others.is_empty()).then(|| others.to_owned());
            let names = Names::of(listens.parse().unwrap(), others);
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            let said = names.asked(&Uri::from_static("/"), &headers);
            assert_eq!(said.is_some(), answered, "{listens} {host}");
            headers.append(header::HOST, host.parse().unwrap());
            assert_eq!(names.asked(&Uri::from_static("/"), &headers), None, "twice {host}");
        }
        let names = Names::of("127.0.0.1:8470".parse().unwrap(), None);
        let mut headers = HeaderMap::new();
        assert_eq!(names.asked(&Uri::from_static("/"), &headers), None, "none");
        headers.insert(header::HOST, "127.0.0.1:8470".parse().unwrap());
        let uri = |text: &'static str| Uri::from_static(text);
        assert!(names.asked(&uri("http://127.0.0.1:8470/v1/entries/1"), &headers).is_some());
        assert!(names.asked(&uri("http://evil.example/v1/entries/1"), &headers).is_none());
    }

    /// Machines know a listener for operators by many names, but not one on loopback.
    #[test]
    fn any() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "node-1.monitoring:8471".parse().unwrap());
        for (listens, answered) in
            [("0.0.0.0:8471", true), ("192.0.2.1:8471", true), ("127.0.0.1:8471", false)]
        {
            let names = Names::any(listens.parse().unwrap());
            assert_eq!(names.asked(&Uri::from_static("/"), &headers).is_some(), answered, "{listens}");
        }
    }
}

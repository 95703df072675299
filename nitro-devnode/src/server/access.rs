//! Who may talk to the server: host names and origins.

use axum::http::{HeaderMap, HeaderValue, header};

/// Names and origins that are let in. The default lets everything in: the node listens on the
/// loopback interface and guards only play money (devnode.md section 1.2, advice).
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    /// Host names accepted in the `Host` header; `None` accepts all. Addresses always pass.
    pub(crate) hosts: Option<Vec<String>>,
    /// Origins for which answers carry CORS headers.
    pub(crate) origins: Origins,
}

/// Origins that browsers may call from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Origins {
    /// `*`.
    #[default]
    Any,
    /// No CORS headers at all.
    None,
    /// Only these.
    Only(Vec<String>),
}

impl Access {
    /// Whether the `Host` header names this machine as configured.
    pub(crate) fn admits_host(&self, headers: &HeaderMap) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        let Some(host) = headers.get(header::HOST).and_then(|value| value.to_str().ok()) else {
            // HTTP/1.0 without a host: go-ethereum lets it through.
            return true;
        };
        let name = without_port(host);
        let is_address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
        is_address || hosts.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(name))
    }

    /// The value of `Access-Control-Allow-Origin`, where the request comes from an admitted page.
    pub(crate) fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        match &self.origins {
            Origins::Any => Some(HeaderValue::from_static("*")),
            Origins::None => None,
            Origins::Only(list) => list
                .iter()
                .any(|known| known.as_bytes() == origin.as_bytes())
                .then(|| origin.clone()),
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_strict_server_admits_its_names_and_every_address() {
        let strict = Access { hosts: Some(vec!["localhost".to_owned()]), ..Access::default() };

        for admitted in ["localhost:8547", "LOCALHOST", "127.0.0.1:8547", "[::1]:8547", "10.0.0.7"]
        {
            assert!(strict.admits_host(&host(admitted)), "{admitted}");
        }
        for refused in ["example.org", "example.org:8547", "localhost.example.org"] {
            assert!(!strict.admits_host(&host(refused)), "{refused}");
        }
        assert!(Access::default().admits_host(&host("example.org")));
    }

    #[test]
    fn only_listed_origins_are_echoed() {
        let headers = HeaderMap::from_iter([(
            header::ORIGIN,
            HeaderValue::from_static("http://localhost:3000"),
        )]);
        let only = |origin: &str| Access {
            origins: Origins::Only(vec![origin.to_owned()]),
            ..Access::default()
        };

        assert_eq!(
            only("http://localhost:3000").allowed_origin(&headers).unwrap(),
            "http://localhost:3000"
        );
        assert!(only("http://other").allowed_origin(&headers).is_none());
        assert_eq!(Access::default().allowed_origin(&headers).unwrap(), "*");
        assert!(Access::default().allowed_origin(&HeaderMap::new()).is_none());
    }
}

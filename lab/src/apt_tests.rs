use super::*;

const DEB822: &str = "# a comment\nTypes: deb deb-src\nURIs: http://mirror.example/debian\n  http://other.example:8080/debian\n\
    Suites: bookworm bookworm-updates\nComponents: main contrib\n";

#[test]
fn both_forms_of_sources_are_understood() {
    let found = stanza(DEB822);
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].uri.as_str(), "http://other.example:8080/debian");
    assert_eq!(found[0].suites, ["bookworm", "bookworm-updates"]);
    let line =
        one_line("deb [arch=amd64 signed-by=/a.gpg] http://m.example/debian bookworm main # note").unwrap();
    assert_eq!((line.uri.as_str(), line.components), ("http://m.example/debian", vec!["main".to_owned()]));
    assert_eq!(one_line("deb-src http://m.example/debian bookworm main"), None);
    assert!(
        stanza("Types: deb\nEnabled: no\nURIs: http://a.example/\nSuites: sid\nComponents: main").is_empty()
    );
}

#[test]
fn the_hosts_own_mirror_serves_the_servers_and_only_its_hosts_are_forwarded_to() {
    let mut sources: Vec<_> = one_line("deb http://apt.vendor.example stable main").into_iter().collect();
    sources.extend(stanza(DEB822));
    let apt = HostApt::from("", &sources, None, None);
    let lines = apt.sources_list();
    assert!(lines[0].ends_with("http://mirror.example/debian bookworm main"), "{lines:?}");
    assert!(lines[2].ends_with("http://deb.debian.org/debian-security bookworm-security main"), "{lines:?}");
    let hosts: Vec<_> = apt.hosts.iter().map(String::as_str).collect();
    assert_eq!(hosts, ["apt.vendor.example", "deb.debian.org", "mirror.example", "other.example:8080"]);
}

#[test]
fn a_mirror_over_tls_is_replaced_by_the_public_one() {
    let tls = one_line("deb https://mirror.example/debian bookworm main");
    let apt = HostApt::from("", tls.as_slice(), None, None);
    assert!(apt.sources_list()[0].contains("http://deb.debian.org/debian"));
    assert!(!apt.hosts.contains("mirror.example"));
}

#[test]
fn the_hosts_proxy_settings_are_honoured() {
    let config = "Acquire::http::Proxy \"http://proxy.example:3128/\";\n\
                  Acquire::http::Proxy::near.example \"DIRECT\";\nAcquire::Check-Date \"false\";\n";
    let apt = HostApt::from(config, &[], Some("http://ignored.example"), None);
    assert_eq!(apt.proxy_for("deb.debian.org").unwrap().as_str(), "http://proxy.example:3128/");
    assert_eq!(apt.proxy_for("near.example"), None);
    assert!(apt.options().contains(&"Acquire::Check-Date \"false\"".to_owned()));

    let apt = HostApt::from("", &[], Some("http://env.example:8080"), Some("localhost,.corp.example"));
    assert_eq!(apt.proxy_for("deb.debian.org").unwrap().port(), Some(8080));
    assert_eq!(apt.proxy_for("mirror.corp.example"), None);
}

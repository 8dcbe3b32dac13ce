use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// A mirror that answers each path with the path itself, and counts.
async fn mirror() -> (SocketAddr, Arc<AtomicUsize>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counter = count.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let counter = counter.clone();
            connections.spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    counter.fetch_add(1, Ordering::SeqCst);
                    let path = request.uri().path().to_owned();
                    let mut response = Response::new(Full::<Bytes>::from(path.clone()));
                    if path.contains("missing") {
                        *response.status_mut() = StatusCode::NOT_FOUND;
                    }
                    async move { Ok::<_, Infallible>(response) }
                });
                let io = TokioIo::new(stream);
                hyper::server::conn::http1::Builder::new().serve_connection(io, service).await.unwrap();
            });
        }
    });
    (address, count, tasks)
}

async fn proxy_for(mirror: SocketAddr, folder: &tempfile::TempDir) -> Proxy {
    let mut apt = HostApt::read().await.unwrap();
    apt.hosts.insert(mirror.to_string());
    Proxy::start(Ipv4Addr::LOCALHOST, apt, folder.path().join("apt")).await.unwrap()
}

async fn get(proxy: &Proxy, method: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    let request = format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_package_is_fetched_once_and_an_index_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (mirror, count, _tasks) = mirror().await;
    let proxy = proxy_for(mirror, &folder).await;
    let package = format!("http://{mirror}/pool/a_1.deb");
    let (first, second) = tokio::join!(get(&proxy, "GET", &package), get(&proxy, "GET", &package));
    assert!(first.starts_with("HTTP/1.1 200") && first.ends_with("/pool/a_1.deb"), "{first}");
    assert!(second.ends_with("/pool/a_1.deb"), "{second}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    for _ in 0..2 {
        let index = get(&proxy, "GET", &format!("http://{mirror}/dists/InRelease")).await;
        assert!(index.ends_with("/dists/InRelease"), "{index}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_is_missing_or_not_what_its_name_promises_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (mirror, _count, _tasks) = mirror().await;
    let proxy = proxy_for(mirror, &folder).await;
    let missing = get(&proxy, "GET", &format!("http://{mirror}/pool/missing.deb")).await;
    assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
    let wrong = get(&proxy, "GET", &format!("http://{mirror}/by-hash/SHA256/00")).await;
    assert!(wrong.starts_with("HTTP/1.1 502"), "{wrong}");
    assert_eq!(std::fs::read_dir(folder.path().join("apt")).unwrap().count(), 0);
}

#[tokio::test]
async fn other_hosts_and_other_methods_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mirror, count, _tasks) = mirror().await;
    let proxy = proxy_for(mirror, &folder).await;
    let other = get(&proxy, "GET", "http://198.51.100.1/a.deb").await;
    assert!(other.starts_with("HTTP/1.1 403"), "{other}");
    let post = get(&proxy, "POST", &format!("http://{mirror}/a.deb")).await;
    assert!(post.starts_with("HTTP/1.1 405"), "{post}");
    let tunnel = get(&proxy, "CONNECT", &mirror.to_string()).await;
    assert!(tunnel.starts_with("HTTP/1.1 405"), "{tunnel}");
    let straight = get(&proxy, "GET", "/a.deb").await;
    assert!(straight.starts_with("HTTP/1.1 400"), "{straight}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

//! What the listeners answer besides the verbs: health, metrics, reflection, gRPC-web, TLS.

use control_plane::app::{App, Roles};
use control_plane::config::Config;
use purvey_proto::v1::ListAppsRequest;
use sqlx::ConnectOptions as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::database;
use crate::harness::TestApp;

async fn http(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    http(address, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await
}

#[tokio::test]
async fn health_and_metrics_are_answered_without_credentials() {
    let app = TestApp::start().await;
    let addresses = app.addresses();
    assert!(get(addresses.api.unwrap(), "/health").await.ends_with("{\"status\":\"ok\"}"));
    assert!(get(addresses.ops, "/health/live").await.ends_with("ok\n"));
    assert!(get(addresses.ops, "/health/ready").await.starts_with("HTTP/1.1 200"));
    assert!(get(addresses.ops, "/metrics").await.contains("purvey_parked_polls"));
    let mut health = HealthClient::new(app.channel());
    for service in ["", "purvey.v1.InstallService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_listed_is_not_served() {
    let app = TestApp::start().await;
    for path in ["/purvey.v1.AppService/DropApps", "/purvey.agent.v1.AgentService/PollJobs", "/nothing"] {
        let answer = http(
            app.addresses().api.unwrap(),
            &format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/grpc-web\r\n\
                 content-length: 0\r\nconnection: close\r\n\r\n"
            ),
        )
        .await;
        assert!(answer.contains("grpc-status: 12") || answer.contains("grpc-status:12"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn grpc_web_is_spoken_on_the_same_port() {
    let app = TestApp::start().await;
    let answer = http(
        app.addresses().api.unwrap(),
        "POST /purvey.v1.AppService/ListApps HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/grpc-web+proto\r\n\
         content-length: 5\r\nconnection: close\r\n\r\n\0\0\0\0\0",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("grpc-web"), "{answer}");
    assert!(answer.contains("16"), "unauthenticated: {answer}");
}

#[tokio::test]
async fn reflection_names_the_services() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let app = TestApp::start().await;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(app.channel());
    let mut answers =
        client.server_reflection_info(tokio_stream::iter([request])).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(listed) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = listed.service.iter().map(|service| service.name.as_str()).collect();
    for service in ["AppService", "IdentityService", "InstallService", "JobService", "ServerService"] {
        assert!(names.contains(&format!("purvey.v1.{service}").as_str()), "{names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("agent")), "{names:?}");
}

#[tokio::test]
async fn the_api_is_served_over_tls_under_the_fleet_s_ca() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let url = database::fresh().await.to_url_lossy();
    let text = format!(
        "[database]\nurl = '{url}'\nmax_connections = 8\n[api]\nlisten = '127.0.0.1:0'\nca_file = '{}'\n\
         [agents]\nlisten = '127.0.0.1:0'\n[ops]\nlisten = '127.0.0.1:0'\n[kms]\nkey_file = '{}'\n\
         [bootstrap]\ntoken_file = '{}'\n[timings]\ndrain_seconds = 1\n",
        at("ca.pem"),
        at("kms.key"),
        at("token"),
    );
    let app = App::start(&Config::from_text("test", &text, []).unwrap(), Roles::default()).await.unwrap();
    let address = app.addresses.api.unwrap();

    let mut roots = rustls::RootCertStore::empty();
    let pem = std::fs::read(at("ca.pem")).unwrap();
    for certificate in
        <rustls_pki_types::CertificateDer<'_> as rustls_pki_types::pem::PemObject>::pem_slice_iter(&pem)
    {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let connect = tower::service_fn(move |_: http::Uri| {
        let connector = connector.clone();
        async move {
            let stream = TcpStream::connect(address).await?;
            let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
            Ok::<_, std::io::Error>(hyper_util::rt::TokioIo::new(connector.connect(name, stream).await?))
        }
    });
    let channel = tonic::transport::Endpoint::from_static("https://localhost")
        .connect_with_connector(connect)
        .await
        .unwrap();
    let mut apps = purvey_proto::v1::app_service_client::AppServiceClient::new(channel);
    assert_eq!(apps.list_apps(ListAppsRequest::default()).await.unwrap_err().code(), Code::Unauthenticated);
    drop(apps);
    app.run_until(async {}, std::future::pending()).await.unwrap();
}

#[tokio::test]
async fn a_demo_s_database_is_refused_by_a_control_plane_for_real_use() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let url = database::fresh().await.to_url_lossy();
    let text = |fleet: &str| {
        format!(
            "[database]\nurl = '{url}'\nmax_connections = 8\n[api]\nlisten = '127.0.0.1:0'\n\
             [agents]\nlisten = '127.0.0.1:0'\n[ops]\nlisten = '127.0.0.1:0'\n[fleet]\n{fleet}\n[kms]\nkey_file = '{}'\n\
             [bootstrap]\ntoken_file = '{}'\n[timings]\ndrain_seconds = 1\n",
            at("kms.key"),
            at("token"),
        )
    };
    let start = async |fleet: &str| {
        App::start(&Config::from_text("test", &text(fleet), []).unwrap(), Roles::default()).await
    };
    start("demo = true").await.unwrap().run_until(async {}, std::future::pending()).await.unwrap();
    let refusal = |started: anyhow::Result<App>| format!("{:#}", started.err().expect("it was started"));
    assert!(refusal(start("demo = false").await).contains("belongs to a demo"));
    assert!(refusal(start("demo = true\ncell = 'other'").await).contains("the cell `main`"));
    std::fs::remove_file(at("kms.key")).unwrap();
    assert!(refusal(start("demo = true").await).contains("kms.key_file"));
}

//! What stands in the way of an install: told by a plan, and refused where it is certain.

use prost::Message as _;
use purvey_contract::receipt::Outcome;
use purvey_proto::agent::Facts;
use purvey_proto::v1::{
    BatchCreateInstallsRequest, CreateInstallRequest, DeleteInstallRequest, Install, JobState,
    ListJobsRequest, PlanInstallRequest, PlanProblem, UpdateInstallRequest,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{HELLO, TestApp, inputs};

/// An app like `hello` under another id, with more in its manifest.
fn app(id: &str, more: &str) -> String {
    HELLO.replace("id: hello", &format!("id: {id}")).replace("name: Hello", &format!("name: {id}")) + more
}

const WEB: &str = "ports: [{input: port}]\n";

fn machine() -> Facts {
    Facts {
        hostname: "scripted".to_owned(),
        os: "debian".to_owned(),
        os_version: "12".to_owned(),
        os_name: "Debian GNU/Linux 12".to_owned(),
        architecture: "x86_64".to_owned(),
        cpus: 2,
        memory_bytes: 1024 << 20,
        disk_bytes: 8192 << 20,
        disk_free_bytes: 512 << 20,
        ..Facts::default()
    }
}

/// A control plane with these apps and a server `web-1` of these facts.
async fn fleet(apps: &[String], facts: Facts) -> (TestApp, crate::scripted_agent::ScriptedAgent) {
    let app = TestApp::start().await;
    for manifest in apps {
        app.publish(manifest).await;
    }
    let mut agent = app.enrolled("web-1").await;
    agent.tell(facts).await;
    (app, agent)
}

fn wanted(app: &str, values: &[(&str, serde_json::Value)]) -> CreateInstallRequest {
    let mut all = vec![("title", "x".into())];
    all.extend_from_slice(values);
    CreateInstallRequest {
        server: "web-1".to_owned(),
        app: app.to_owned(),
        inputs: inputs(&all),
        ..Default::default()
    }
}

async fn plan(app: &TestApp, request: &CreateInstallRequest) -> Vec<PlanProblem> {
    let CreateInstallRequest { server, install, app: id, version, inputs, .. } = request.clone();
    let request = PlanInstallRequest { server, install, app: id, version, inputs, ..Default::default() };
    app.installs().plan_install(request).await.unwrap().into_inner().problems
}

async fn create(app: &TestApp, request: CreateInstallRequest) -> Result<Install, Status> {
    app.installs().create_install(request).await.map(tonic::Response::into_inner)
}

/// The code, field and certainty of each.
fn told(problems: &[PlanProblem]) -> Vec<(&str, &str, bool)> {
    problems.iter().map(|one| (one.code.as_str(), one.field.as_str(), one.blocking)).collect()
}

/// The type and subject of each of a refusal's violations.
fn refused(status: &Status) -> Vec<(String, String)> {
    assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
    let details = status.get_error_details();
    let failure = details.precondition_failure().expect("precondition failures");
    failure.violations.iter().map(|one| (one.r#type.clone(), one.subject.clone())).collect()
}

async fn jobs(app: &TestApp) -> usize {
    app.jobs().list_jobs(ListJobsRequest::default()).await.unwrap().into_inner().jobs.len()
}

#[tokio::test]
async fn a_machine_that_will_not_do_is_named_in_every_way_and_refused_before_a_job_is_made() {
    let needy = app(
        "needy",
        "os_requirements: {family: [ubuntu]}\nresource_requirements: {min_ram_mb: 4096, min_disk_mb: 1024, \
         min_cpu_cores: 8, architectures: [arm64]}\n",
    );
    let (app, _agent) = fleet(&[needy], machine()).await;
    let problems = plan(&app, &wanted("needy", &[])).await;
    assert_eq!(
        told(&problems),
        [
            ("OS_UNSUPPORTED", "server", true),
            ("ARCHITECTURE_UNSUPPORTED", "server", true),
            ("MEMORY_TOO_SMALL", "server", true),
            ("CPU_TOO_FEW", "server", true),
            ("DISK_TOO_SMALL", "server", false),
        ]
    );
    assert_eq!(problems[2].message, "needy needs 4096 MiB, and web-1 has 1024 MiB of memory");

    let status = create(&app, wanted("needy", &[])).await.unwrap_err();
    let codes: Vec<_> = refused(&status).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["OS_UNSUPPORTED", "ARCHITECTURE_UNSUPPORTED", "MEMORY_TOO_SMALL", "CPU_TOO_FEW"]);
    let dry = CreateInstallRequest { validate_only: true, ..wanted("needy", &[]) };
    assert_eq!(create(&app, dry).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(jobs(&app).await, 0);
}

#[tokio::test]
async fn a_full_disk_is_told_and_left_to_the_agent() {
    let large = app("large", "resource_requirements: {min_disk_mb: 1024}\n");
    let (app, _agent) = fleet(&[large], machine()).await;
    assert_eq!(told(&plan(&app, &wanted("large", &[])).await), [("DISK_TOO_SMALL", "server", false)]);
    create(&app, wanted("large", &[])).await.unwrap();
}

#[tokio::test]
async fn a_server_that_said_nothing_of_itself_is_given_the_benefit_of_the_doubt() {
    let needy =
        app("needy", "resource_requirements: {min_ram_mb: 4096, min_disk_mb: 1024, min_cpu_cores: 8}\n");
    let (app, _agent) = fleet(&[needy], Facts::default()).await;
    assert_eq!(plan(&app, &wanted("needy", &[])).await, []);
    create(&app, wanted("needy", &[])).await.unwrap();
}

#[tokio::test]
async fn the_port_of_another_install_is_refused_for_creates_and_updates() {
    let apps = [app("one", WEB), app("two", WEB), app("fixed", "ports: [{port: 8080, protocol: udp}]\n")];
    let (app, _agent) = fleet(&apps, machine()).await;
    create(&app, wanted("one", &[("port", 8080.into())])).await.unwrap();

    let clash = wanted("two", &[("port", "8080".into())]);
    let problems = plan(&app, &clash).await;
    assert_eq!(told(&problems), [("PORT_TAKEN", "inputs.port", true)]);
    assert_eq!(problems[0].message, "port 8080 of web-1 belongs to `one`; choose another one");
    let status = create(&app, clash.clone()).await.unwrap_err();
    assert_eq!(refused(&status), [("PORT_TAKEN".to_owned(), "inputs.port".to_owned())]);
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "PORT_TAKEN");

    // The other protocol is another port.
    assert_eq!(plan(&app, &wanted("fixed", &[])).await, []);
    create(&app, wanted("two", &[("port", 8081.into())])).await.unwrap();
    let update = |port: u32| UpdateInstallRequest {
        server: "web-1".to_owned(),
        install: "two".to_owned(),
        inputs: inputs(&[("port", port.into())]),
        ..Default::default()
    };
    let status = app.installs().update_install(update(8080)).await.unwrap_err();
    assert_eq!(refused(&status), [("PORT_TAKEN".to_owned(), "inputs.port".to_owned())]);
    let dry = UpdateInstallRequest { validate_only: true, ..update(8080) };
    assert_eq!(app.installs().update_install(dry).await.unwrap_err().code(), Code::FailedPrecondition);
    app.installs().update_install(update(8082)).await.unwrap();
    assert_eq!(app.install("web-1", "two").await.generation, 2);
}

#[tokio::test]
async fn a_refused_request_may_be_repeated_and_succeeds_once_the_way_is_free() {
    let (app, mut agent) = fleet(&[app("one", WEB), app("two", WEB)], machine()).await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    create(&app, wanted("one", &[])).await.unwrap();
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    let request_id = uuid::Uuid::now_v7().to_string();
    let clash = CreateInstallRequest { request_id, ..wanted("two", &[]) };
    assert_eq!(create(&app, clash.clone()).await.unwrap_err().code(), Code::FailedPrecondition);

    // What is about to go holds nothing for certain: its uninstall runs before.
    let gone =
        DeleteInstallRequest { server: "web-1".to_owned(), install: "one".to_owned(), ..Default::default() };
    let deleted = app.installs().delete_install(gone).await.unwrap().into_inner();
    assert_eq!(told(&plan(&app, &clash).await), [("PORT_TAKEN", "inputs.port", false)]);
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    app.wait_for(&deleted.job, JobState::Succeeded).await;
    let made = create(&app, clash.clone()).await.unwrap();
    assert_eq!(create(&app, clash).await.unwrap().uid, made.uid);
}

#[tokio::test]
async fn of_a_batch_the_first_gets_the_port_and_the_others_are_told() {
    let (app, _agent) = fleet(&[app("one", WEB), app("two", WEB), app("three", "")], machine()).await;
    let request = BatchCreateInstallsRequest {
        requests: ["one", "two", "three"].map(|id| wanted(id, &[])).to_vec(),
        ..Default::default()
    };
    let results = app.installs().batch_create_installs(request).await.unwrap().into_inner().results;
    let codes: Vec<_> = results.iter().map(|one| one.status.as_ref().unwrap().code).collect();
    assert_eq!(codes, [0, i32::from(Code::FailedPrecondition), 0]);
    assert!(results[1].status.as_ref().unwrap().message.contains("belongs to `one`"));
}

#[tokio::test]
async fn of_two_at_the_same_time_one_gets_the_port() {
    let ids: Vec<String> = (0..8).map(|number| format!("app-{number}")).collect();
    let apps: Vec<String> = ids.iter().map(|id| app(id, WEB)).collect();
    let (app, _agent) = fleet(&apps, machine()).await;
    let made = futures_util::future::join_all(ids.iter().map(|id| create(&app, wanted(id, &[])))).await;
    let (made, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 7));
    assert!(refused.iter().all(|one| one.as_ref().unwrap_err().code() == Code::FailedPrecondition));
    assert_eq!(jobs(&app).await, 1);
}

#[tokio::test]
async fn a_port_that_some_program_has_is_told_and_one_of_the_install_s_own_is_not() {
    let facts = Facts { tcp_ports: vec![22, 80], ..machine() };
    let (app, mut agent) = fleet(&[app("one", WEB)], facts.clone()).await;
    let taken = wanted("one", &[]);
    assert_eq!(told(&plan(&app, &taken).await), [("PORT_IN_USE", "inputs.port", false)]);
    assert_eq!(plan(&app, &wanted("one", &[("port", 81.into())])).await, []);

    create(&app, taken.clone()).await.unwrap();
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    let other = wanted("one", &[("title", "y".into())]);
    assert_eq!(plan(&app, &other).await, [], "port 80 is its own by now");
    let other = wanted("one", &[("port", 22.into())]);
    assert_eq!(told(&plan(&app, &other).await), [("PORT_IN_USE", "inputs.port", false)]);
}

#[tokio::test]
async fn apps_that_rule_each_other_out_are_not_put_on_one_server() {
    let apps = [
        app("apache", "provides: [web-server]\n"),
        app("caddy", "provides: [web-server]\nconflicts: [web-server]\n"),
        app("theme", "conflicts: [apache]\n"),
    ];
    let (app, _agent) = fleet(&apps, machine()).await;
    create(&app, wanted("apache", &[])).await.unwrap();
    for id in ["caddy", "theme"] {
        let problems = plan(&app, &wanted(id, &[])).await;
        assert_eq!(told(&problems), [("CONFLICT", "app", true)], "{id}");
        let status = create(&app, wanted(id, &[])).await.unwrap_err();
        assert_eq!(refused(&status), [("CONFLICT".to_owned(), "app".to_owned())]);
    }
    let problems = plan(&app, &wanted("caddy", &[])).await;
    assert_eq!(
        problems[0].message,
        "caddy cannot be beside `apache`: caddy rules out web-server, which apache is"
    );
    let again = CreateInstallRequest { install: "second".to_owned(), ..wanted("apache", &[]) };
    assert_eq!(told(&plan(&app, &again).await), [("APP_INSTALLED", "app", true)]);
    assert_eq!(create(&app, again).await.unwrap_err().code(), Code::AlreadyExists);
}

#[tokio::test]
async fn what_an_agent_tells_of_its_ports_and_disk_is_shown() {
    let facts = Facts { tcp_ports: vec![22, 70000], udp_ports: vec![53], ..machine() };
    assert!(facts.encoded_len() < 200, "it is sent often");
    let (app, _agent) = fleet(&[], facts).await;
    let request = purvey_proto::v1::GetServerRequest { server: "web-1".to_owned(), ..Default::default() };
    let facts = app.servers().get_server(request).await.unwrap().into_inner().facts.unwrap();
    assert_eq!((facts.tcp_ports, facts.udp_ports), (vec![22], vec![53]));
    assert_eq!(facts.disk_free_bytes, 512 << 20);
}

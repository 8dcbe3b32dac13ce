use crate::failure::Failure;
use crate::output::{Details, timestamp};
use crate::session::Session;

pub(crate) async fn run(session: &Session) -> Result<(), Failure> {
    let who = session.client.identity().who_am_i().await?;
    session.out.resource(&who, || {
        let project = if who.project.is_empty() { "all" } else { who.project.as_str() };
        let expires = match who.expire_time {
            Some(_) => timestamp(who.expire_time.as_ref()),
            None => "never".to_owned(),
        };
        Details::default()
            .line("principal", &who.principal)
            .line("projects", project)
            .line("expires", expires)
            .line("permissions", who.permissions.join(", "))
            .text()
    })
}

//! Waiting for the end of a job.

use futures_util::{StreamExt as _, pin_mut};
use purvey_proto::v1;
use purvey_proto::v1::JobState;

use crate::client::Client;
use crate::error::Error;
use crate::follow::{self, Followed};

/// Whether a job in this state stays in it for ever.
pub fn is_terminal(state: JobState) -> bool {
    match state {
        JobState::Unspecified
        | JobState::Waiting
        | JobState::Queued
        | JobState::Offered
        | JobState::Running
        | JobState::Cancelling => false,
        JobState::Succeeded
        | JobState::Failed
        | JobState::Refused
        | JobState::Cancelled
        | JobState::Superseded
        | JobState::Lost => true,
    }
}

/// The job as it ended. Bad ends are no errors: look at the state.
pub(crate) async fn for_job(client: Client, project: String, job: String) -> Result<v1::Job, Error> {
    let states = follow::job(client, project, job);
    pin_mut!(states);
    let mut newest = None;
    while let Some(state) = states.next().await {
        if let Followed::Item(job) = state? {
            newest = Some(job);
        }
    }
    newest.ok_or_else(|| Error::new(tonic::Code::Internal, "the watch said nothing of the job"))
}

//! Streams that go on after a cut connection or a restart of the control plane.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use purvey_proto::v1;
use purvey_proto::v1::job_service_client::JobServiceClient;
use purvey_proto::v1::watch_jobs_response::Event;
use tokio::time::Instant;
use tonic::Streaming;

use crate::client::Client;
use crate::error::Error;
use crate::retry::Backoff;
use crate::wait::is_terminal;

/// What a follower says.
#[derive(Clone, Debug)]
pub enum Followed<T> {
    /// The next item.
    Item(T),
    /// The connection was lost. The follower tries again by itself, after that pause.
    Interrupted {
        /// Why.
        error: Error,
        /// How long it waits before it tries again.
        pause: Duration,
    },
}

impl<T> Followed<T> {
    /// The item, if it is one.
    pub fn item(self) -> Option<T> {
        match self {
            Self::Item(item) => Some(item),
            Self::Interrupted { .. } => None,
        }
    }
}

/// A job's output from the request's cursor on: each line once and in order. Ends when the job has ended and all its
/// output was said (at once after the present output, unless `follow` is set), or with the first lasting error.
pub(crate) fn logs(
    client: Client,
    request: v1::ReadLogsRequest,
) -> impl Stream<Item = Result<Followed<v1::LogLine>, Error>> {
    let follower = LogFollower {
        link: Link::new(&client),
        client,
        request,
        stream: None,
        lines: VecDeque::new(),
        ended: false,
    };
    stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) })
}

/// A job's newest state now and after every change, until it is terminal. States may merge.
pub(crate) fn job(
    client: Client,
    project: String,
    job: String,
) -> impl Stream<Item = Result<Followed<v1::Job>, Error>> {
    let watcher = JobWatcher {
        link: Link::new(&client),
        client,
        project,
        job,
        stream: None,
        said: false,
        ended: false,
    };
    stream::unfold(watcher, |mut watcher| async move { Some((watcher.next().await?, watcher)) })
}

/// When to try again, and when to give up.
struct Link {
    backoff: Backoff,
    patience: Duration,
    cut_since: Option<Instant>,
    pause: Option<Duration>,
}

impl Link {
    fn new(client: &Client) -> Self {
        Self { backoff: client.retry().backoff(), patience: client.patience(), cut_since: None, pause: None }
    }

    /// Waits out the pause of the last failure.
    async fn ready(&mut self) {
        if let Some(pause) = self.pause.take() {
            tokio::time::sleep(pause).await;
        }
    }

    fn alive(&mut self) {
        self.cut_since = None;
        self.backoff.reset();
    }

    /// The pause before the next try, or the error if there should be none.
    fn failed<T>(&mut self, error: Error) -> Result<Followed<T>, Error> {
        let since = *self.cut_since.get_or_insert_with(Instant::now);
        if !error.is_retryable() || since.elapsed() >= self.patience {
            return Err(error);
        }
        let pause = self.backoff.pause(error.retry_after());
        self.pause = Some(pause);
        Ok(Followed::Interrupted { error, pause })
    }
}

struct LogFollower {
    client: Client,
    request: v1::ReadLogsRequest,
    link: Link,
    stream: Option<Streaming<v1::ReadLogsResponse>>,
    lines: VecDeque<v1::LogLine>,
    ended: bool,
}

impl LogFollower {
    async fn next(&mut self) -> Option<Result<Followed<v1::LogLine>, Error>> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                self.request.after.clone_from(&line.cursor);
                return Some(Ok(Followed::Item(line)));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.step().await {
                self.stream = None;
                let failed = self.link.failed(error);
                self.ended = failed.is_err();
                return Some(failed);
            }
        }
    }

    async fn step(&mut self) -> Result<(), Error> {
        let Some(stream) = &mut self.stream else {
            self.link.ready().await;
            let send =
                |transport, request| async move { JobServiceClient::new(transport).read_logs(request).await };
            self.stream = Some(self.client.open(self.request.clone(), send).await?);
            return Ok(());
        };
        match stream.message().await? {
            Some(page) => {
                self.link.alive();
                self.lines.extend(page.lines);
            }
            None => {
                self.stream = None;
                self.ended = !self.request.follow || self.has_job_ended().await?;
                if !self.ended {
                    return Err(Error::new(
                        tonic::Code::Unavailable,
                        "the log stream ended before the job did",
                    ));
                }
            }
        }
        Ok(())
    }

    /// A proxy may end a stream in good form when its own time is over; only the job's state says that this is the end.
    async fn has_job_ended(&self) -> Result<bool, Error> {
        let request =
            v1::GetJobRequest { project: self.request.project.clone(), job: self.request.job.clone() };
        Ok(is_terminal(self.client.jobs().get(request).await?.state()))
    }
}

struct JobWatcher {
    client: Client,
    project: String,
    job: String,
    link: Link,
    stream: Option<Streaming<v1::WatchJobsResponse>>,
    /// Whether the present stream has said the job's state.
    said: bool,
    ended: bool,
}

impl JobWatcher {
    async fn next(&mut self) -> Option<Result<Followed<v1::Job>, Error>> {
        loop {
            if self.ended {
                return None;
            }
            match self.step().await {
                Ok(None) => {}
                Ok(Some(job)) => {
                    self.link.alive();
                    self.said = true;
                    self.ended = is_terminal(job.state());
                    return Some(Ok(Followed::Item(job)));
                }
                Err(error) => {
                    self.stream = None;
                    let failed = self.link.failed(error);
                    self.ended = failed.is_err();
                    return Some(failed);
                }
            }
        }
    }

    async fn step(&mut self) -> Result<Option<v1::Job>, Error> {
        let Some(stream) = &mut self.stream else {
            self.link.ready().await;
            let request = v1::WatchJobsRequest {
                project: self.project.clone(),
                job: self.job.clone(),
                server: String::new(),
            };
            let send = |transport, request| async move {
                JobServiceClient::new(transport).watch_jobs(request).await
            };
            self.stream = Some(self.client.open(request, send).await?);
            self.said = false;
            return Ok(None);
        };
        match stream.message().await? {
            Some(v1::WatchJobsResponse { event: Some(Event::Job(job)) }) => Ok(Some(job)),
            // A watch is silent on jobs that had ended before it began.
            Some(v1::WatchJobsResponse { event: Some(Event::Synced(_)) }) if !self.said => {
                let request = v1::GetJobRequest { project: self.project.clone(), job: self.job.clone() };
                self.client.jobs().get(request).await.map(Some)
            }
            Some(_) => Ok(None),
            None => Err(Error::new(tonic::Code::Unavailable, "the watch ended before the job did")),
        }
    }
}

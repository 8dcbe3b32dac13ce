//! `purvey.v1.RegistryService`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use purvey_contract::bundle::transport::MAX_TRANSPORT_BYTES;
use purvey_proto::v1::registry_service_server::RegistryService;
use purvey_proto::v1::{
    Bundle, GetPublisherRequest, ListPublishersRequest, ListPublishersResponse, Publisher, PullBundleHeader,
    PullBundleRequest, PullBundleResponse, PushBundleHeader, PushBundleRequest, PushBundleResponse,
    PushPublisherRequest, SearchBundlesRequest, SearchBundlesResponse, pull_bundle_response,
    push_bundle_request,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::{Request, Response, Status, Streaming};

use super::streams::Items;
use crate::api::authn;
use crate::api::status::status;
use crate::api::wire::{required, timestamp};
use crate::ctx::Shared;
use crate::error::Error;
use crate::registry::publishers::{self, Withdrawn};
use crate::registry::{self, Listed, Pulled, Taken};

/// Pushes at a time: each holds an archive in memory.
const PUSHES: usize = 4;
/// A push that takes longer holds a place that others wait for.
const PUSH_LIMIT: Duration = Duration::from_secs(120);
/// When to come back if all places are taken.
const PUSH_PAUSE: Duration = Duration::from_secs(2);
/// Bytes of a bundle in one message.
const PIECE: usize = 64 << 10;

/// The service.
pub struct Registry {
    shared: Arc<Shared>,
    places: Semaphore,
}

impl Registry {
    /// The service over these parts.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, places: Semaphore::new(PUSHES) }
    }

    fn place(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.places.try_acquire().map_err(|_| Error::Exhausted {
            message: format!("{PUSHES} bundles are being pushed already"),
            retry_after: PUSH_PAUSE,
        })
    }
}

#[tonic::async_trait]
impl RegistryService for Registry {
    async fn push_bundle(
        &self,
        request: Request<Streaming<PushBundleRequest>>,
    ) -> Result<Response<PushBundleResponse>, Status> {
        let cx = authn::cx(&self.shared, &request)?;
        registry::authorize(&cx).map_err(status)?;
        let _place = self.place().map_err(status)?;
        let received = tokio::time::timeout(PUSH_LIMIT, receive(request.into_inner())).await;
        let late = |_| Status::deadline_exceeded(format!("a push takes at most {} s", PUSH_LIMIT.as_secs()));
        let (header, archive) = received.map_err(late)??;
        let PushBundleHeader { size: _, statement, publisher_documents, validate_only } = header;
        let taken = async {
            if !publisher_documents.is_empty() {
                publishers::push(&cx, &publisher_documents, validate_only).await?;
            }
            registry::push(&cx, archive, statement, validate_only).await
        };
        taken.await.map(|taken| Response::new(taken_to_wire(taken))).map_err(status)
    }

    type PullBundleStream = Items<PullBundleResponse>;

    async fn pull_bundle(
        &self,
        request: Request<PullBundleRequest>,
    ) -> Result<Response<Self::PullBundleStream>, Status> {
        let cx = authn::cx(&self.shared, &request)?;
        let PullBundleRequest { digest, app, version } = request.into_inner();
        let pulled = async {
            let digest = match digest.is_empty() {
                true => None,
                false => Some(digest.parse().map_err(|error: purvey_contract::id::InvalidId| {
                    Error::invalid("digest", "INVALID_DIGEST", error.to_string())
                })?),
            };
            if digest.is_none() {
                required("app", &app)?;
            }
            registry::pull(&cx, digest, &app, &version).await
        };
        let Pulled { listed, archive, document } = pulled.await.map_err(status)?;
        let header = PullBundleHeader {
            statement: listed.statement.clone(),
            bundle: Some(bundle_to_wire(listed)),
            publisher_document: document.unwrap_or_default(),
        };
        let header = std::iter::once(pull_bundle_response::Part::Header(header));
        let parts = header.chain(pieces(archive).map(pull_bundle_response::Part::Data));
        let messages = parts.map(|part| Ok(PullBundleResponse { part: Some(part) }));
        Ok(Response::new(Box::pin(futures_util::stream::iter(messages))))
    }

    async fn search_bundles(
        &self,
        request: Request<SearchBundlesRequest>,
    ) -> Result<Response<SearchBundlesResponse>, Status> {
        let cx = authn::cx(&self.shared, &request)?;
        let SearchBundlesRequest { page_size, page_token, query, publisher } = request.into_inner();
        let page = registry::search(&cx, &query, &publisher, page_size, &page_token);
        let page = page.await.map_err(status)?;
        let bundles = page.items.into_iter().map(bundle_to_wire).collect();
        Ok(Response::new(SearchBundlesResponse { bundles, next_page_token: page.next }))
    }

    async fn push_publisher(
        &self,
        request: Request<PushPublisherRequest>,
    ) -> Result<Response<Publisher>, Status> {
        let cx = authn::cx(&self.shared, &request)?;
        let PushPublisherRequest { documents } = request.into_inner();
        let pushed = publishers::push(&cx, &documents, false).await.map_err(status)?;
        Ok(Response::new(publisher_to_wire(&pushed)))
    }

    async fn get_publisher(
        &self,
        request: Request<GetPublisherRequest>,
    ) -> Result<Response<Publisher>, Status> {
        let cx = authn::cx(&self.shared, &request)?;
        let GetPublisherRequest { publisher } = request.into_inner();
        required("publisher", &publisher).map_err(status)?;
        let found = publishers::get(&cx, &publisher).await.map_err(status)?;
        Ok(Response::new(publisher_to_wire(&found)))
    }

    async fn list_publishers(
        &self,
        request: Request<ListPublishersRequest>,
    ) -> Result<Response<ListPublishersResponse>, Status> {
        let cx = authn::cx(&self.shared, &request)?;
        let ListPublishersRequest { page_size, page_token } = request.into_inner();
        let page = publishers::list(&cx, page_size, &page_token).await.map_err(status)?;
        let publishers = page.items.iter().map(publisher_to_wire).collect();
        Ok(Response::new(ListPublishersResponse { publishers, next_page_token: page.next }))
    }
}

/// The header and the whole archive of a push. What is too large is refused before it is held.
async fn receive(mut stream: Streaming<PushBundleRequest>) -> Result<(PushBundleHeader, Vec<u8>), Status> {
    use push_bundle_request::Part;
    let invalid = |field, code, why: String| status(Error::invalid(field, code, why));
    let first = stream.message().await?.and_then(|message| message.part);
    let Some(Part::Header(header)) = first else {
        return Err(invalid(
            "header",
            "REQUIRED",
            "the first message of the stream must be `header`".to_owned(),
        ));
    };
    let size = usize::try_from(header.size).unwrap_or(usize::MAX);
    if size > MAX_TRANSPORT_BYTES {
        return Err(invalid(
            "header.size",
            "BUNDLE_TOO_LARGE",
            format!("at most {MAX_TRANSPORT_BYTES} bytes"),
        ));
    }
    let mut archive = Vec::new();
    while let Some(message) = stream.message().await? {
        let Some(Part::Data(data)) = message.part else {
            return Err(invalid("header", "NOT_ALLOWED", "`header` comes first and only there".to_owned()));
        };
        if archive.len() + data.len() > size {
            return Err(invalid(
                "data",
                "SIZE_MISMATCH",
                format!("more than the {size} bytes that were announced"),
            ));
        }
        archive.extend_from_slice(&data);
    }
    if archive.len() < size {
        let why = format!("{} of {size} bytes came", archive.len());
        return Err(invalid("data", "SIZE_MISMATCH", why));
    }
    Ok((header, archive))
}

fn pieces(archive: Bytes) -> impl Iterator<Item = Vec<u8>> {
    (0..archive.len()).step_by(PIECE).map(move |at| archive[at..archive.len().min(at + PIECE)].to_vec())
}

/// Withdrawn, as two texts.
pub(super) fn withdrawn_to_wire(withdrawn: Option<Withdrawn>) -> (String, String) {
    withdrawn.map(|Withdrawn { code, reason }| (code.to_owned(), reason)).unwrap_or_default()
}

fn bundle_to_wire(listed: Listed) -> Bundle {
    let Listed { said, statement: _, size, created_at, withdrawn } = listed;
    let (withdrawn_code, withdrawn_reason) = withdrawn_to_wire(withdrawn);
    Bundle {
        publisher: said.app.publisher.to_string(),
        app: said.app.app.to_string(),
        version: said.version,
        release: said.release,
        digest: said.bundle.to_string(),
        size_bytes: size,
        create_time: Some(timestamp(created_at)),
        sign_time: Some(timestamp(said.issued)),
        withdrawn_code,
        withdrawn_reason,
    }
}

fn taken_to_wire(taken: Taken) -> PushBundleResponse {
    let Taken { statement, size, created_at, created, statement_replaced } = taken;
    let listed = Listed { said: statement, statement: Vec::new(), size, created_at, withdrawn: None };
    PushBundleResponse { bundle: Some(bundle_to_wire(listed)), created, statement_replaced }
}

fn publisher_to_wire(publisher: &publishers::Publisher) -> Publisher {
    let document = publisher.document();
    Publisher {
        publisher: document.publisher.to_string(),
        version: document.version,
        document: publisher.lineage.newest_envelope().to_json(),
        sign_time: Some(timestamp(document.issued)),
        update_time: Some(timestamp(publisher.updated_at)),
    }
}

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use purvey_proto::v1::registry_service_client::RegistryServiceClient;
use purvey_proto::v1::{
    Bundle, GetPublisherRequest, ListPublishersRequest, ListPublishersResponse, Publisher, PullBundleHeader,
    PullBundleRequest, PushBundleHeader, PushBundleRequest, PushBundleResponse, PushPublisherRequest,
    SearchBundlesRequest, SearchBundlesResponse, pull_bundle_response, push_bundle_request,
};
use tonic::Code;

use super::unary;
use crate::client::Client;
use crate::error::Error;
use crate::pages::pages;

/// How long a bundle may be on its way.
const TRANSFER_LIMIT: Duration = Duration::from_secs(120);
/// Bytes of a bundle in one message.
const PIECE: usize = 64 << 10;
/// No bundle is larger; whoever announces more is not believed.
const MAX_BUNDLE: u64 = 16 << 20;

/// Bundles and publishers (`purvey.v1.RegistryService`).
#[derive(Clone, Debug)]
pub struct Registry(pub(crate) Client);

impl Registry {
    /// Pushes an archive, as it is or compressed. `header.size` is filled in. Repeated as the policy says: the same push
    /// again changes nothing.
    pub async fn push(
        &self,
        header: PushBundleHeader,
        archive: Vec<u8>,
    ) -> Result<PushBundleResponse, Error> {
        use push_bundle_request::Part;
        let header = PushBundleHeader { size: archive.len() as u64, ..header };
        let pieces = archive.chunks(PIECE).map(|piece| Part::Data(piece.to_vec()));
        let parts: Vec<PushBundleRequest> = std::iter::once(Part::Header(header))
            .chain(pieces)
            .map(|part| PushBundleRequest { part: Some(part) })
            .collect();
        let send = |transport, request: tonic::Request<Vec<PushBundleRequest>>| async move {
            RegistryServiceClient::new(transport).push_bundle(request.map(stream::iter)).await
        };
        self.0.call_within(TRANSFER_LIMIT, parts, send).await
    }

    /// A bundle's canonical archive, with its statement. The caller judges both: nothing was verified.
    pub async fn pull(&self, request: PullBundleRequest) -> Result<(PullBundleHeader, Vec<u8>), Error> {
        let parts = self.0.open(request, |transport, request| async move {
            RegistryServiceClient::new(transport).pull_bundle(request).await
        });
        let mut parts = parts.await?;
        let broken = |why: &str| Error::new(Code::DataLoss, format!("the bundle did not come whole: {why}"));
        let whole = async {
            let mut header = None;
            let mut archive = Vec::new();
            while let Some(part) = parts.next().await {
                match part?.part {
                    Some(pull_bundle_response::Part::Header(first)) if header.is_none() => {
                        header = Some(first)
                    }
                    Some(pull_bundle_response::Part::Data(data)) if header.is_some() => archive.extend(data),
                    _ => return Err(broken("its parts are out of order")),
                }
                if archive.len() as u64 > MAX_BUNDLE {
                    return Err(broken("it is larger than a bundle can be"));
                }
            }
            let header = header.ok_or_else(|| broken("it has no header"))?;
            let size = header.bundle.as_ref().map_or(0, |bundle: &Bundle| bundle.size_bytes);
            if archive.len() as u64 == size { Ok((header, archive)) } else { Err(broken("it ended early")) }
        };
        let late = |_| Error::new(Code::DeadlineExceeded, "the bundle did not come in time");
        tokio::time::timeout(TRANSFER_LIMIT, whole).await.unwrap_or_else(|elapsed| Err(late(elapsed)))
    }

    /// One page of bundles.
    pub async fn search(&self, request: SearchBundlesRequest) -> Result<SearchBundlesResponse, Error> {
        unary!(self.0, RegistryServiceClient.search_bundles, request)
    }

    /// All bundles, page by page.
    pub fn search_all(
        &self,
        request: SearchBundlesRequest,
    ) -> impl Stream<Item = Result<Bundle, Error>> + use<> {
        let registry = self.clone();
        pages(request, move |request| {
            let registry = registry.clone();
            async move { registry.search(request).await }
        })
    }

    /// Passes a publisher's newer documents on.
    pub async fn push_publisher(&self, request: PushPublisherRequest) -> Result<Publisher, Error> {
        unary!(self.0, RegistryServiceClient.push_publisher, request)
    }

    /// One publisher.
    pub async fn get_publisher(&self, request: GetPublisherRequest) -> Result<Publisher, Error> {
        unary!(self.0, RegistryServiceClient.get_publisher, request)
    }

    /// One page of publishers.
    pub async fn list_publishers(
        &self,
        request: ListPublishersRequest,
    ) -> Result<ListPublishersResponse, Error> {
        unary!(self.0, RegistryServiceClient.list_publishers, request)
    }

    /// All publishers, page by page.
    pub fn list_all_publishers(
        &self,
        request: ListPublishersRequest,
    ) -> impl Stream<Item = Result<Publisher, Error>> + use<> {
        let registry = self.clone();
        pages(request, move |request| {
            let registry = registry.clone();
            async move { registry.list_publishers(request).await }
        })
    }
}

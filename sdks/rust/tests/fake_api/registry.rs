//! The fake's registry: takes any bundle, and gives what the test has put there.

use std::pin::Pin;

use futures_util::Stream;
use purvey_proto::v1::registry_service_server::RegistryService;
use purvey_proto::v1::{
    Bundle, GetPublisherRequest, ListPublishersRequest, ListPublishersResponse, Publisher, PullBundleHeader,
    PullBundleRequest, PullBundleResponse, PushBundleRequest, PushBundleResponse, PushPublisherRequest,
    SearchBundlesRequest, SearchBundlesResponse, pull_bundle_response, push_bundle_request,
};
use tonic::{Request, Response, Status, Streaming};

use super::FakeApi;

#[tonic::async_trait]
impl RegistryService for FakeApi {
    async fn push_bundle(
        &self,
        request: Request<Streaming<PushBundleRequest>>,
    ) -> Result<Response<PushBundleResponse>, Status> {
        self.enter("PushBundle", &request, "")?;
        let mut parts = request.into_inner();
        let (mut header, mut pieces) = (None, Vec::new());
        while let Some(message) = parts.message().await? {
            match message.part {
                Some(push_bundle_request::Part::Header(first)) => header = Some(first),
                Some(push_bundle_request::Part::Data(data)) => pieces.push(data.len()),
                None => {}
            }
        }
        self.with(|inner| inner.pushed = Some((header.unwrap(), pieces)));
        Ok(Response::new(PushBundleResponse { created: true, ..Default::default() }))
    }

    type PullBundleStream = Pin<Box<dyn Stream<Item = Result<PullBundleResponse, Status>> + Send>>;

    async fn pull_bundle(
        &self,
        request: Request<PullBundleRequest>,
    ) -> Result<Response<Self::PullBundleStream>, Status> {
        self.enter("PullBundle", &request, "")?;
        let (size_bytes, pieces) = self.with(|inner| inner.bundle.clone());
        let bundle = Some(Bundle { size_bytes, ..Default::default() });
        let header = pull_bundle_response::Part::Header(PullBundleHeader { bundle, ..Default::default() });
        let parts: Vec<_> = std::iter::once(header)
            .chain(pieces.into_iter().map(pull_bundle_response::Part::Data))
            .map(|part| Ok(PullBundleResponse { part: Some(part) }))
            .collect();
        Ok(Response::new(Box::pin(futures_util::stream::iter(parts))))
    }

    async fn search_bundles(
        &self,
        request: Request<SearchBundlesRequest>,
    ) -> Result<Response<SearchBundlesResponse>, Status> {
        self.enter("SearchBundles", &request, "")?;
        Ok(Response::new(Default::default()))
    }

    async fn push_publisher(
        &self,
        request: Request<PushPublisherRequest>,
    ) -> Result<Response<Publisher>, Status> {
        self.enter("PushPublisher", &request, "")?;
        Ok(Response::new(Default::default()))
    }

    async fn get_publisher(
        &self,
        request: Request<GetPublisherRequest>,
    ) -> Result<Response<Publisher>, Status> {
        self.enter("GetPublisher", &request, "")?;
        Ok(Response::new(Default::default()))
    }

    async fn list_publishers(
        &self,
        request: Request<ListPublishersRequest>,
    ) -> Result<Response<ListPublishersResponse>, Status> {
        self.enter("ListPublishers", &request, "")?;
        Ok(Response::new(Default::default()))
    }
}

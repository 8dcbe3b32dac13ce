//! Lists as streams of items, whatever the page size.

use std::future::Future;

use futures_util::stream::{self, Stream, TryStreamExt as _};
use purvey_proto::v1;

use crate::error::Error;

/// A request for one page of a list.
pub trait PageRequest {
    /// Asks for the page that this token names.
    fn set_page_token(&mut self, token: String);
}

/// One page of a list.
pub trait Page {
    /// What is listed.
    type Item;

    /// The items, and the next page's token; empty on the last page.
    fn into_parts(self) -> (Vec<Self::Item>, String);
}

macro_rules! lists {
    ($($request:ident => $response:ident.$field:ident: $item:ident),* $(,)?) => {$(
        impl PageRequest for v1::$request {
            fn set_page_token(&mut self, token: String) {
                self.page_token = token;
            }
        }

        impl Page for v1::$response {
            type Item = v1::$item;

            fn into_parts(self) -> (Vec<v1::$item>, String) {
                let Self { $field, next_page_token } = self;
                ($field, next_page_token)
            }
        }
    )*};
}

lists!(
    ListApiKeysRequest => ListApiKeysResponse.api_keys: ApiKey,
    ListAppVersionsRequest => ListAppVersionsResponse.app_versions: AppVersion,
    ListAppsRequest => ListAppsResponse.apps: App,
    ListInstallsRequest => ListInstallsResponse.installs: Install,
    ListJobsRequest => ListJobsResponse.jobs: Job,
    ListJoinTokensRequest => ListJoinTokensResponse.join_tokens: JoinToken,
    ListPublishersRequest => ListPublishersResponse.publishers: Publisher,
    ListServersRequest => ListServersResponse.servers: Server,
    SearchBundlesRequest => SearchBundlesResponse.bundles: Bundle,
);

/// All items from the request's page on, fetched page by page as they are asked for. Ends after the first error.
pub fn pages<Q, P, F, Fut>(request: Q, fetch: F) -> impl Stream<Item = Result<P::Item, Error>>
where
    Q: PageRequest + Clone,
    P: Page,
    F: Fn(Q) -> Fut,
    Fut: Future<Output = Result<P, Error>>,
{
    stream::try_unfold((Some(request), fetch), |(request, fetch)| async move {
        let Some(mut request) = request else {
            return Ok::<_, Error>(None);
        };
        let (items, token) = fetch(request.clone()).await?.into_parts();
        let next = (!token.is_empty()).then(|| {
            request.set_page_token(token);
            request
        });
        Ok(Some((stream::iter(items.into_iter().map(Ok)), (next, fetch))))
    })
    .try_flatten()
}

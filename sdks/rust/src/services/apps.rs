use futures_util::stream::Stream;
use purvey_proto::v1::app_service_client::AppServiceClient;
use purvey_proto::v1::{
    App, AppVersion, GetAppRequest, GetAppVersionRequest, ListAppVersionsRequest, ListAppVersionsResponse,
    ListAppsRequest, ListAppsResponse, ValidateInputsRequest, ValidateInputsResponse,
};

use super::unary;
use crate::client::Client;
use crate::error::Error;
use crate::pages::pages;

/// The catalogue (`purvey.v1.AppService`).
#[derive(Clone, Debug)]
pub struct Apps(pub(crate) Client);

impl Apps {
    /// One page of apps.
    pub async fn list(&self, request: ListAppsRequest) -> Result<ListAppsResponse, Error> {
        unary!(self.0, AppServiceClient.list_apps, request)
    }

    /// All apps, page by page.
    pub fn list_all(&self, request: ListAppsRequest) -> impl Stream<Item = Result<App, Error>> + use<> {
        let apps = self.clone();
        pages(request, move |request| {
            let apps = apps.clone();
            async move { apps.list(request).await }
        })
    }

    /// One app.
    pub async fn get(&self, request: GetAppRequest) -> Result<App, Error> {
        unary!(self.0, AppServiceClient.get_app, request)
    }

    /// One page of an app's versions.
    pub async fn list_versions(
        &self,
        request: ListAppVersionsRequest,
    ) -> Result<ListAppVersionsResponse, Error> {
        unary!(self.0, AppServiceClient.list_app_versions, request)
    }

    /// All versions of an app, newest first, page by page.
    pub fn list_all_versions(
        &self,
        request: ListAppVersionsRequest,
    ) -> impl Stream<Item = Result<AppVersion, Error>> + use<> {
        let apps = self.clone();
        pages(request, move |request| {
            let apps = apps.clone();
            async move { apps.list_versions(request).await }
        })
    }

    /// One version with its inputs.
    pub async fn get_version(&self, request: GetAppVersionRequest) -> Result<AppVersion, Error> {
        unary!(self.0, AppServiceClient.get_app_version, request)
    }

    /// Everything that is wrong with inputs, without making anything.
    pub async fn validate_inputs(
        &self,
        request: ValidateInputsRequest,
    ) -> Result<ValidateInputsResponse, Error> {
        unary!(self.0, AppServiceClient.validate_inputs, request)
    }
}

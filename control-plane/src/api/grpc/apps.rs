//! `purvey.v1.AppService`.

use std::sync::Arc;

use purvey_contract::inputs::Violation;
use purvey_contract::manifest::{Input, Output, Validation};
use purvey_proto::v1::app_service_server::AppService;
use purvey_proto::v1::{
    App, AppVersion, GetAppRequest, GetAppVersionRequest, InputField, InputViolation, ListAppVersionsRequest,
    ListAppVersionsResponse, ListAppsRequest, ListAppsResponse, OutputField, ValidateInputsRequest,
    ValidateInputsResponse,
};
use tonic::{Request, Response, Status};

use super::registry::withdrawn_to_wire;
use crate::api::authn;
use crate::api::status::status;
use crate::api::wire::{inputs_from_wire, inputs_to_wire, required, timestamp, wire_value};
use crate::ctx::Shared;
use crate::error::retrying;
use crate::fleet::apps;

/// The service.
pub struct Apps(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl AppService for Apps {
    async fn list_apps(
        &self,
        request: Request<ListAppsRequest>,
    ) -> Result<Response<ListAppsResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ListAppsRequest { page_size, page_token, query } = request.into_inner();
        let page = retrying!(apps::list(&cx, &query, page_size, &page_token)).map_err(status)?;
        let apps = page.items.into_iter().map(app_to_wire).collect();
        Ok(Response::new(ListAppsResponse { apps, next_page_token: page.next }))
    }

    async fn get_app(&self, request: Request<GetAppRequest>) -> Result<Response<App>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let GetAppRequest { app } = request.into_inner();
        required("app", &app).map_err(status)?;
        let found = retrying!(apps::get(&cx, &app)).map_err(status)?;
        Ok(Response::new(app_to_wire(found)))
    }

    async fn list_app_versions(
        &self,
        request: Request<ListAppVersionsRequest>,
    ) -> Result<Response<ListAppVersionsResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ListAppVersionsRequest { app, page_size, page_token } = request.into_inner();
        required("app", &app).map_err(status)?;
        let page = retrying!(apps::list_versions(&cx, &app, page_size, &page_token)).map_err(status)?;
        let app_versions = page.items.into_iter().map(version_to_wire).collect();
        Ok(Response::new(ListAppVersionsResponse { app_versions, next_page_token: page.next }))
    }

    async fn get_app_version(
        &self,
        request: Request<GetAppVersionRequest>,
    ) -> Result<Response<AppVersion>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let GetAppVersionRequest { app, version } = request.into_inner();
        required("app", &app).map_err(status)?;
        let found = retrying!(apps::get_version(&cx, &app, &version)).map_err(status)?;
        Ok(Response::new(version_to_wire(found)))
    }

    async fn validate_inputs(
        &self,
        request: Request<ValidateInputsRequest>,
    ) -> Result<Response<ValidateInputsResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ValidateInputsRequest { app, version, inputs } = request.into_inner();
        required("app", &app).map_err(status)?;
        let given = inputs_from_wire(inputs);
        let judged = retrying!(apps::validate_inputs(&cx, &app, &version, &given)).map_err(status)?;
        Ok(Response::new(match judged {
            Ok(effective) => ValidateInputsResponse {
                valid: true,
                violations: Vec::new(),
                effective_inputs: Some(inputs_to_wire(&effective.plain)),
            },
            Err(violations) => ValidateInputsResponse {
                valid: false,
                violations: violations.into_iter().map(violation_to_wire).collect(),
                effective_inputs: None,
            },
        }))
    }
}

fn app_to_wire(app: apps::App) -> App {
    let apps::App { app, display_name, description, category, homepage, tags, latest_version } = app;
    App {
        app: app.app.to_string(),
        publisher: app.publisher.to_string(),
        display_name,
        description,
        category,
        homepage,
        tags,
        latest_version,
    }
}

fn version_to_wire(shown: apps::Shown) -> AppVersion {
    let apps::Shown { version: found, withdrawn } = shown;
    let apps::AppVersion { app, version, release, digest, manifest, size, created_at } = &*found;
    let (withdrawn_code, withdrawn_reason) = withdrawn_to_wire(withdrawn);
    AppVersion {
        app: app.app.to_string(),
        publisher: app.publisher.to_string(),
        version: version.clone(),
        release: *release,
        digest: digest.to_string(),
        create_time: Some(timestamp(*created_at)),
        inputs: manifest.inputs.iter().map(input_to_wire).collect(),
        outputs: manifest.outputs.iter().map(output_to_wire).collect(),
        actions: manifest.actions().into_iter().map(|action| action.as_str().to_owned()).collect(),
        sandbox_profile: manifest.sandbox.profile.as_str().to_owned(),
        timeout_seconds: manifest.timeout_seconds,
        size_bytes: *size,
        withdrawn_code,
        withdrawn_reason,
    }
}

fn input_to_wire(input: &Input) -> InputField {
    let Input {
        name,
        kind,
        label,
        description,
        required,
        default,
        generate,
        sensitive: _,
        validation,
        visible_if,
        placeholder,
        help,
        group,
    } = input;
    let Validation { pattern, min_length, max_length, min_value, max_value, allowed_values, messages } =
        validation;
    let length = |length: &Option<usize>| length.map(|length| u32::try_from(length).unwrap_or(u32::MAX));
    let condition = visible_if.as_ref().map(purvey_contract::manifest::Condition::to_json);
    InputField {
        name: name.clone(),
        r#type: kind.as_str().to_owned(),
        label: label.clone(),
        description: description.clone(),
        required: *required,
        default_value: default.as_ref().filter(|_| !input.is_sensitive()).map(wire_value),
        sensitive: input.is_sensitive(),
        allowed_values: allowed_values.iter().map(purvey_contract::inputs::as_text).collect(),
        pattern: pattern.as_ref().map(|pattern| pattern.as_str().to_owned()).unwrap_or_default(),
        min_length: length(min_length),
        max_length: length(max_length),
        min_value: *min_value,
        max_value: *max_value,
        visible_if: condition.and_then(|condition| condition.as_object().map(inputs_to_wire)),
        placeholder: placeholder.clone().unwrap_or_default(),
        group: group.clone().unwrap_or_default(),
        help: help.clone().unwrap_or_default(),
        generated: generate.is_some(),
        messages: messages.iter().map(|(rule, text)| (rule.as_str().to_owned(), text.clone())).collect(),
    }
}

fn output_to_wire(output: &Output) -> OutputField {
    let Output { name, label: _, description, sensitive: _ } = output;
    OutputField { name: name.clone(), description: description.clone() }
}

fn violation_to_wire(violation: Violation) -> InputViolation {
    let Violation { field, code, message } = violation;
    InputViolation { field, code: code.to_owned(), description: message }
}

//! The calls, by service. Each takes the request message of the API and answers with its resource.

mod apps;
mod identity;
mod installs;
mod jobs;
mod registry;
mod servers;

pub use apps::Apps;
pub use identity::Identity;
pub use installs::Installs;
pub use jobs::Jobs;
pub use registry::Registry;
pub use servers::Servers;

/// A unary call of a generated client, under the client's deadline and retries.
macro_rules! unary {
    ($client:expr, $generated:ident.$method:ident, $request:expr) => {
        $client
            .call(
                $request,
                |transport, request| async move { $generated::new(transport).$method(request).await },
            )
            .await
    };
}

use unary;

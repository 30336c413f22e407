//! A bucket of the tests' own, in a configuration.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::s3_server::Bucket;

/// Section `snapshots.bucket`; its secret lies in a file of the folder.
pub fn section(folder: &Path, bucket: &Bucket) -> String {
    let settings = bucket.settings();
    let secret = folder.join("bucket-secret");
    std::fs::write(&secret, "a/secret+of the=tests\n").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    format!(
        "[snapshots.bucket]\nendpoint = {:?}\nregion = {:?}\nbucket = {:?}\nprefix = {:?}\naccess_key = {:?}\n\
         secret_key_file = {:?}\npath_style = true\n",
        settings.endpoint.as_str(),
        settings.region,
        settings.bucket,
        settings.prefix,
        settings.access_key,
        secret.to_str().unwrap()
    )
}

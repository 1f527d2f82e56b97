//! Profiles: the embedded ones are right, and each mistake is named with its line.

use policy::profile::{EMBEDDED, Profile};

#[test]
fn the_embedded_profiles_are_right() {
    for (name, text) in EMBEDDED {
        let profile = Profile::parse(&format!("{name}.toml"), text).unwrap_or_else(|error| {
            assert_eq!(error.to_string(), "");
            unreachable!()
        });
        assert_eq!(profile.name, name);
    }
}

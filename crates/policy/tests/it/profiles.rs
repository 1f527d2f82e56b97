//! Profiles: the embedded ones are right, and each mistake is named with its line.

use policy::profile::{EMBEDDED, Profile};

/// An embedded profile.
pub fn profile(name: &str) -> Profile {
    let (_, text) = EMBEDDED.iter().find(|(one, _)| *one == name).unwrap();
    Profile::parse(&format!("{name}.toml"), text).unwrap()
}

#[test]
fn the_embedded_profiles_are_right() {
    for (name, _) in EMBEDDED {
        assert_eq!(profile(name).name, name);
    }
}

//! A bug: the terminal is given back first, then the report is printed.

use color_eyre::config::HookBuilder;

use crate::runtime::{exit, logging};

/// The exit code after a panic on the thread of the user interface.
pub const CODE: i32 = 101;

/// The names of threads that catch their own panics begin with this.
const LANE: &str = "vd-";

/// Installs the hooks. A panic of the thread that calls this ends the program; one of another
/// thread does too, because what it was responsible for would silently stand still. Only the
/// threads that run libvirt's calls catch their panics themselves.
///
/// # Errors
/// When hooks have been installed already.
pub fn install() -> color_eyre::Result<()> {
    let (panic_hook, error_hook) = HookBuilder::default().display_env_section(false).into_hooks();
    error_hook.install()?;
    std::panic::set_hook(Box::new(move |info| {
        let report = panic_hook.panic_report(info).to_string();
        tracing::error!(thread = std::thread::current().name().unwrap_or("?"), "{report}");
        // a call of libvirt that panics is caught by its lane and reported as that call's failure
        if std::thread::current().name().is_some_and(|name| name.starts_with(LANE)) {
            return;
        }
        exit::restore();
        let log = logging::path().map_or_else(
            || "Start it with --log FILE to have a log the next time.".to_owned(),
            |path| format!("The log is in {}.", crate::base::text::show(&path.to_string_lossy())),
        );
        let text = format!("{report}\nvirt-deck has a bug and had to stop. {log}\n");
        // a dead terminal must not turn this into a second panic
        let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        exit::now(CODE);
    }));
    Ok(())
}

/// Panics when asked to by a hidden flag, so that a test can see the terminal being restored.
///
/// # Panics
/// That is what it is for.
#[cfg(debug_assertions)]
pub fn test(wanted: bool) {
    assert!(!wanted, "asked for by --panic-test");
}

//! Files with keys or content: private to the user, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What has been read from standard input is gone: a second `-` would find nothing.
static IS_STDIN_READ: AtomicBool = AtomicBool::new(false);

/// Largest input file, in bytes: a FHIR bundle above this is split before import.
pub const MAX_INPUT: u64 = 64 << 20;

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is no such file.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// The file exists and is not replaced.
    #[error("{} exists and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// Others on this machine can read a key.
    #[error("{} is readable by others (mode {mode:03o})", .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Standard input has one reader.
    #[error("standard input is named twice")]
    StdinTwice,
    /// Another process works on the same thing.
    #[error("another chartkey is at work ({} is locked)", .0.display())]
    Busy(PathBuf),
    /// Larger than any input this program takes.
    #[error("{} is larger than {} MiB", .0.display(), MAX_INPUT >> 20)]
    TooLarge(PathBuf),
    /// Anything else the system says.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FileError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) => "check the name of the file",
            Self::Exists(_) => "choose another name",
            Self::Exposed { .. } => "make it yours alone (chmod 600), then run this command again",
            Self::StdinTwice => "give - for one file only",
            Self::Busy(_) => "wait until it is done, then run this command again",
            Self::TooLarge(_) => "split the file",
            Self::Io { .. } => "check the file and its permissions",
        }
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> FileError + '_ {
    |source| match source.kind() {
        io::ErrorKind::NotFound => FileError::Missing(path.to_owned()),
        io::ErrorKind::AlreadyExists => FileError::Exists(path.to_owned()),
        _ => FileError::Io { path: path.to_owned(), source },
    }
}

/// Reads a file of at most [`MAX_INPUT`] bytes; `-` is standard input.
///
/// # Errors
///
/// [`FileError`].
pub fn read_input(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let mut reader: Box<dyn Read> = if path == Path::new("-") {
        if IS_STDIN_READ.swap(true, Ordering::Relaxed) {
            return Err(FileError::StdinTwice);
        }
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(io_error(path))?)
    };
    reader.by_ref().take(MAX_INPUT + 1).read_to_end(&mut bytes).map_err(io_error(path))?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(FileError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}

/// Opens a file of any size to be read in parts.
///
/// # Errors
///
/// [`FileError`].
pub fn open_input(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(io_error(path))
}

/// Reads a small file of our own.
///
/// # Errors
///
/// [`FileError`].
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(io_error(path))
}

/// The same, `None` if there is no such file.
///
/// # Errors
///
/// [`FileError`] for everything else.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match read(path) {
        Err(FileError::Missing(_)) => Ok(None),
        other => other.map(Some),
    }
}

/// Reads a key file that only its owner may read; `-` is standard input.
///
/// # Errors
///
/// [`FileError::Exposed`] if others can read it.
pub fn read_private(path: &Path) -> Result<Vec<u8>, FileError> {
    if path != Path::new("-") {
        let mode = fs::metadata(path).map_err(io_error(path))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(FileError::Exposed { path: path.to_owned(), mode });
        }
    }
    read_input(path)
}

/// Creates the folder, private to the user.
///
/// # Errors
///
/// [`FileError::Io`].
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io_error(path))
}

/// Writes a new file, mode 0600, whole or not at all.
///
/// # Errors
///
/// [`FileError::Exists`] if there is one.
pub fn create(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let temporary = write_aside(path, content)?;
    // A link, unlike a rename, fails if the name is taken: two runs cannot overwrite each other.
    let linked = fs::hard_link(&temporary, path).map_err(io_error(path));
    let _ = fs::remove_file(&temporary);
    linked?;
    sync_folder(path)
}

/// Replaces a file, mode 0600, whole or not at all.
///
/// # Errors
///
/// [`FileError::Io`].
pub fn replace(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let temporary = write_aside(path, content)?;
    fs::rename(&temporary, path).map_err(io_error(path))?;
    sync_folder(path)
}

/// Makes a new name last: after a power cut the folder must know it.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(path))
}

/// The same, and holds a lock on the file from before it can be seen until the result is dropped: it tells
/// others that the process that wrote it is alive.
///
/// # Errors
///
/// [`FileError::Io`].
pub fn replace_locked(path: &Path, content: &[u8]) -> Result<File, FileError> {
    let temporary = write_aside(path, content)?;
    let file = File::open(&temporary).map_err(io_error(&temporary))?;
    file.lock().map_err(io_error(&temporary))?;
    fs::rename(&temporary, path).map_err(io_error(path))?;
    sync_folder(path)?;
    Ok(file)
}

/// A file that [`replace_locked`] has left behind, locked in turn; `None` while its writer is alive.
#[must_use]
pub fn take_over(path: &Path) -> Option<(File, Vec<u8>)> {
    let mut file = File::open(path).ok()?;
    file.try_lock().ok()?;
    let mut content = Vec::new();
    file.read_to_end(&mut content).ok()?;
    Some((file, content))
}

/// Appends one line to a file of our own and waits until the disk has it.
///
/// # Errors
///
/// [`FileError::Io`].
pub fn append_line(path: &Path, line: &str) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let open = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    let write = |mut file: File| {
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    };
    open.and_then(write).map_err(io_error(path))
}

fn write_aside(path: &Path, content: &[u8]) -> Result<PathBuf, FileError> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let _ = fs::remove_file(&temporary);
    let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary);
    let write = |mut file: File| {
        file.write_all(content)?;
        file.sync_all()
    };
    open.and_then(write).map_err(io_error(&temporary))?;
    Ok(temporary)
}

/// Holds others off while a file is read, changed and written back; released when dropped.
///
/// # Errors
///
/// [`FileError::Io`].
pub fn lock(path: &Path) -> Result<File, FileError> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(io_error(path))?;
    file.lock().map_err(io_error(path))?;
    Ok(file)
}

/// The same for at most `patience`.
///
/// # Errors
///
/// [`FileError::Busy`] after that.
pub async fn lock_within(path: &Path, patience: Duration) -> Result<File, FileError> {
    const PAUSE: Duration = Duration::from_millis(20);
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(io_error(path))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::Error(source)) => return Err(io_error(path)(source)),
            Err(fs::TryLockError::WouldBlock) if started.elapsed() >= patience => {
                return Err(FileError::Busy(path.to_owned()));
            }
            Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Removes a file of our own; one that is not there is removed already.
///
/// # Errors
///
/// [`FileError::Io`].
pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path).map_err(io_error(path)) {
        Err(FileError::Missing(_)) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_private_and_never_replaces_another() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a/key");

        create(&path, b"one").expect("new");
        let again = create(&path, b"two");

        assert!(matches!(again, Err(FileError::Exists(_))));
        assert_eq!(fs::read(&path).expect("there"), b"one");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let names: Vec<_> = fs::read_dir(path.parent().expect("folder")).expect("folder").collect();
        assert_eq!(names.len(), 1, "no temporary file is left");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("key");
        create(&path, b"secret").expect("new");
        assert_eq!(read_private(&path).expect("private"), b"secret");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("own file");

        assert!(matches!(read_private(&path), Err(FileError::Exposed { mode: 0o640, .. })));
    }
}

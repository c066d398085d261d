//! Ownership of what libvirt allocates: objects, object lists, strings.
#![expect(unsafe_code, reason = "raw libvirt pointers live and die here")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};

use uuid::Uuid;

use crate::backend::libvirt::error::last_error;
use crate::base::text::Text;
use crate::hv::error::{ErrorKind, HvError};

unsafe extern "C" {
    /// libvirt allocates with `malloc`, so its memory goes back through `free`.
    fn free(pointer: *mut c_void);
    /// Credentials are freed by libvirt with `free`.
    fn strdup(text: *const c_char) -> *mut c_char;
}

/// A libvirt object type and its release function.
pub(super) trait Object {
    /// Gives one reference back.
    ///
    /// # Safety
    /// `object` must be a valid reference that is not used afterwards.
    unsafe fn release(object: *mut Self);
}

macro_rules! objects {
    ($($kind:ident => $release:ident),* $(,)?) => {$(
        impl Object for virt_sys::$kind {
            unsafe fn release(object: *mut Self) {
                // SAFETY: the caller hands over a reference that it owns. A failure (-1) means
                // that libvirt keeps the object; nothing can be done about it.
                unsafe { virt_sys::$release(object) };
            }
        }
    )*};
}

objects! {
    virConnect => virConnectClose,
    virDomain => virDomainFree,
    virDomainSnapshot => virDomainSnapshotFree,
    virNetwork => virNetworkFree,
    virStoragePool => virStoragePoolFree,
    virStorageVol => virStorageVolFree,
    virNodeDevice => virNodeDeviceFree,
    virInterface => virInterfaceFree,
    virNWFilter => virNWFilterFree,
    virSecret => virSecretFree,
    virStream => virStreamFree,
}

/// One reference to a libvirt object, given back when dropped. Never panics.
pub(super) struct Owned<T: Object>(NonNull<T>);

// SAFETY: libvirt's objects are reference counted and may be used from any thread; its error
// value is thread-local and read in the thread of the failed call.
unsafe impl<T: Object> Send for Owned<T> {}
// SAFETY: as above; all calls lock inside libvirt.
unsafe impl<T: Object> Sync for Owned<T> {}

impl<T: Object> Owned<T> {
    /// Takes over what a libvirt function returned; a null pointer is that function's failure.
    ///
    /// # Safety
    /// `object` must be null or a reference that the caller owns.
    pub(super) unsafe fn take(object: *mut T, during: &'static str) -> Result<Self, HvError> {
        NonNull::new(object).map(Self).ok_or_else(|| last_error(during))
    }

    /// The raw pointer, valid as long as `self`.
    pub(super) fn ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Object> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `self` owns this reference and is gone afterwards.
        unsafe { T::release(self.0.as_ptr()) };
    }
}

/// Runs a `virConnectListAll…` function and owns what it lists.
pub(super) fn list<T: Object>(
    during: &'static str,
    call: impl FnOnce(*mut *mut *mut T) -> c_int,
) -> Result<Vec<Owned<T>>, HvError> {
    let mut array: *mut *mut T = ptr::null_mut();
    let count = call(&raw mut array);
    let Ok(count) = usize::try_from(count) else {
        return Err(last_error(during));
    };
    let mut objects = Vec::with_capacity(count);
    if !array.is_null() {
        for n in 0..count {
            // SAFETY: libvirt filled `count` entries, each a reference that is ours now.
            if let Some(object) = NonNull::new(unsafe { *array.add(n) }) {
                objects.push(Owned(object));
            }
        }
        // SAFETY: the array itself is malloc'ed and ours; its entries were moved out.
        unsafe { free(array.cast()) };
    }
    Ok(objects)
}

/// Frees memory that libvirt allocated with `malloc`.
///
/// # Safety
/// `pointer` must be null or such memory, not used afterwards.
pub(super) unsafe fn free_memory<T>(pointer: *mut T) {
    // SAFETY: as promised by the caller; free(NULL) does nothing.
    unsafe { free(pointer.cast()) };
}

/// A copy that libvirt will free with `free`, for credentials.
pub(super) fn duplicate(text: &CStr) -> *mut c_char {
    // SAFETY: `text` is a valid C string; the copy belongs to whoever receives it.
    unsafe { strdup(text.as_ptr()) }
}

/// Hands a string to libvirt; an interior NUL is bad input, never a panic.
pub(super) fn c_string(text: &str, during: &'static str) -> Result<CString, HvError> {
    CString::new(text).map_err(|_| HvError::own(ErrorKind::Invalid, during, "a NUL character is not allowed here"))
}

/// Copies a string that libvirt keeps; `None` for a null pointer.
///
/// # Safety
/// `text` must be null or a valid C string.
pub(super) unsafe fn borrowed(text: *const c_char) -> Option<Text> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and valid as promised by the caller.
    Some(Text::from_bytes(unsafe { CStr::from_ptr(text) }.to_bytes()))
}

/// Copies and frees a string that libvirt handed over; a null pointer is that call's failure.
///
/// # Safety
/// `text` must be null or a malloc'ed C string that the caller owns.
pub(super) unsafe fn taken(text: *mut c_char, during: &'static str) -> Result<String, HvError> {
    if text.is_null() {
        return Err(last_error(during));
    }
    // SAFETY: not null, valid and ours as promised by the caller.
    let copy = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    // SAFETY: copied, not used afterwards.
    unsafe { free(text.cast()) };
    Ok(copy)
}

/// Makes libvirt's convention (negative = failed) a `Result`.
pub(super) fn check(result: c_int, during: &'static str) -> Result<c_int, HvError> {
    if result < 0 {
        Err(last_error(during))
    } else {
        Ok(result)
    }
}

/// Reads a UUID through one of the `…GetUUID` functions.
pub(super) fn uuid_of(during: &'static str, call: impl FnOnce(*mut u8) -> c_int) -> Result<Uuid, HvError> {
    let mut bytes = [0_u8; 16];
    check(call(bytes.as_mut_ptr()), during)?;
    Ok(Uuid::from_bytes(bytes))
}

//! `virTypedParameter` arrays.
#![expect(unsafe_code, reason = "reads C unions")]

use std::ffi::{CStr, c_int};

use crate::base::text::Text;

/// The value of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Any integer or boolean.
    Integer(i128),
    /// A floating-point number.
    Double(f64),
    /// A string.
    Text(Text),
}

impl Value {
    /// A non-negative integer.
    pub(super) fn unsigned(&self) -> Option<u64> {
        match self {
            Self::Integer(value) => u64::try_from(*value).ok(),
            Self::Double(_) | Self::Text(_) => None,
        }
    }

    /// A string.
    pub(super) fn text(&self) -> Option<Text> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(_) | Self::Double(_) => None,
        }
    }
}

/// Calls `each` with name and value of every parameter.
///
/// # Safety
/// `params` must be null or point to `count` parameters that libvirt filled in.
pub(super) unsafe fn for_each(
    params: *const virt_sys::virTypedParameter,
    count: c_int,
    mut each: impl FnMut(&str, Value),
) {
    if params.is_null() {
        return;
    }
    // SAFETY: as promised by the caller.
    let params = unsafe { std::slice::from_raw_parts(params, usize::try_from(count).unwrap_or(0)) };
    for param in params {
        // SAFETY: libvirt terminates names within the field.
        let Ok(name) = unsafe { CStr::from_ptr(param.field.as_ptr()) }.to_str() else {
            continue;
        };
        // SAFETY: the type says which member of the union is set.
        let value = unsafe {
            match param.type_ as u32 {
                virt_sys::VIR_TYPED_PARAM_INT => Value::Integer(param.value.i.into()),
                virt_sys::VIR_TYPED_PARAM_UINT => Value::Integer(param.value.ui.into()),
                virt_sys::VIR_TYPED_PARAM_LLONG => Value::Integer(param.value.l.into()),
                virt_sys::VIR_TYPED_PARAM_ULLONG => Value::Integer(param.value.ul.into()),
                virt_sys::VIR_TYPED_PARAM_DOUBLE => Value::Double(param.value.d),
                virt_sys::VIR_TYPED_PARAM_BOOLEAN => Value::Integer(param.value.b.into()),
                virt_sys::VIR_TYPED_PARAM_STRING if !param.value.s.is_null() => {
                    Value::Text(Text::from_bytes(CStr::from_ptr(param.value.s).to_bytes()))
                }
                _ => continue,
            }
        };
        each(name, value);
    }
}

/// The number and the rest of `N.rest`.
pub(super) fn indexed(name: &str) -> Option<(usize, &str)> {
    let (number, rest) = name.split_once('.')?;
    Some((number.parse().ok()?, rest))
}

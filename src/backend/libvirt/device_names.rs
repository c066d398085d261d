//! device_names

//! Adapter to the container engine: discovery, inventory, events, actions, logs.

"""Networks that learn with a device as their synapse: digits, spikes, reservoirs, and neurons as circuits."""

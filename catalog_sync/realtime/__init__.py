"""Progress of fetch jobs by Socket.IO. A socket is a hint: only the job's row is authoritative."""

"""Progress of fetch jobs by Socket.IO. A socket is a hint: the job's row is the truth."""

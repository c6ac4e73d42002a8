"""Nothing in here is part of the public interface."""

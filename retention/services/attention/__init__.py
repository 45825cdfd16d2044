from retention.services.attention.sweep import watch_attention

__all__ = ["watch_attention"]

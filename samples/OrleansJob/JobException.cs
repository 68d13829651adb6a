namespace OrleansJob;

/// <summary>Why a job does not go on, in words for whoever asked for it.</summary>
internal sealed class JobException(string message, Exception? inner = null) : Exception(message, inner);

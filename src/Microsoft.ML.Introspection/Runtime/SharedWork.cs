using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>Work in parts that several threads share.</summary>
public static class SharedWork
{
    /// <summary>Does all parts, and throws what one of them threw.</summary>
    /// <param name="parts">How many there are.</param>
    /// <param name="threads">The most threads.</param>
    /// <param name="work">Does a part, by its number.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static void Run(long parts, int threads, Action<long> work, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, work);
        }
        catch (AggregateException e)
        {
            // One failure is enough to say; a thread that was cancelled says nothing of another's.
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions.OrderBy(i => i is OperationCanceledException).First());
        }
    }
}

using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Tells ML.NET's log, every ten seconds of work, how far the rows of a column are.</summary>
/// <param name="host">Who is told.</param>
/// <param name="column">The column.</param>
/// <param name="time">The clock.</param>
internal sealed class SlowRows(MlHost host, string column, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private TimeSpan _worked, _told;
    private long _done;

    /// <summary>How many rows there are in all; null where nobody knows.</summary>
    public long? Total { get; set; }

    /// <summary>Works on some rows.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="work">The work; it tells the share that is done.</param>
    public void Work(int rows, Action<Action<double>> work)
    {
        var (start, before) = (time.GetTimestamp(), _worked);
        work(share =>
        {
            _worked = before + time.GetElapsedTime(start);
            if (_worked - _told >= Every && share > 0)
                Tell(_done + share * rows);
        });
        (_worked, _done) = (before + time.GetElapsedTime(start), _done + rows);
    }

    private void Tell(double done)
    {
        _told = _worked;
        var each = _worked.TotalSeconds / done;
        host.Info(FormattableString.Invariant($"SHAP column '{column}': {Math.Floor(done):N0} ")
            + (Total is { } total && total >= done
                ? FormattableString.Invariant($"of {total:N0} rows are explained; about {Duration.Text((total - done) * each)} left.")
                : $"rows are explained, a row in about {Duration.Text(each)}."));
    }
}

/// <summary>Durations, for people.</summary>
internal static class Duration
{
    /// <summary>Two digits of the unit that suits.</summary>
    public static string Text(double seconds) => seconds switch
    {
        < 0.1 => FormattableString.Invariant($"{seconds * 1000:G2} ms"),
        < 10 => FormattableString.Invariant($"{seconds:G2} s"),
        < 120 => FormattableString.Invariant($"{seconds:N0} s"),
        < 7200 => FormattableString.Invariant($"{seconds / 60:N0} min"),
        _ => FormattableString.Invariant($"{seconds / 3600:N0} h"),
    };
}

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>What has to be known of a scoring job that other machines do, a share each.</summary>
/// <param name="Output">Where its results go.</param>
/// <param name="Failed">Where rows go that fail; null where the first of them ends the job.</param>
/// <param name="Variable">The variable of the environment that holds a connection string; null where no database is asked.</param>
internal sealed record ScoreElsewhere(string Output, string? Failed, string? Variable);

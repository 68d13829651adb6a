using Orleans.Concurrency;
using Orleans.Runtime;

namespace OrleansJob;

/// <summary>A file that <c>introspect</c> makes; its key is the path. A cluster has one grain of it: one process makes it.</summary>
public interface IIntrospectGrain : IGrainWithStringKey
{
    /// <summary>Begins the command, unless it is under way, and waits a moment for its end; asked again until that has come.</summary>
    /// <param name="request">The command, and the silo that should do it.</param>
    [AlwaysInterleave]
    Task<Answer> Run(Request request);

    /// <summary>Ends what is under way. What it has done by then is kept on the disk.</summary>
    [AlwaysInterleave]
    Task Stop();
}

/// <summary>A command.</summary>
/// <param name="Folder">Where it runs: names of files are relative to it, on every silo.</param>
/// <param name="Arguments">What follows <c>introspect</c>.</param>
/// <param name="Silo">The silo that should do it.</param>
[GenerateSerializer, Immutable]
public sealed record Request(
    [property: Id(0)] string Folder, [property: Id(1)] IReadOnlyList<string> Arguments, [property: Id(2)] SiloAddress Silo);

/// <summary>How it stands with a command.</summary>
/// <param name="State">In a word.</param>
/// <param name="Said">What the process said of it: its first line when it is done, its errors when it failed.</param>
[GenerateSerializer, Immutable]
public sealed record Answer([property: Id(0)] State State, [property: Id(1)] string Said = "");

/// <summary>How it stands with a command, in a word.</summary>
public enum State
{
    /// <summary>It goes on.</summary>
    UnderWay,

    /// <summary>The file is there.</summary>
    Done,

    /// <summary>It failed by itself, and would again: a model that is not there, a row that cannot be read.</summary>
    Failed,

    /// <summary>Another process has the folder of its parts: that of a silo that was lost, which goes on by itself.</summary>
    InUse,

    /// <summary>The process was ended from outside: by a system without memory, a silo that stops, or by being stopped.</summary>
    Ended,

    /// <summary>The grain came to be on another silo than was asked for, or on one that stops, and has not begun.</summary>
    Elsewhere,
}

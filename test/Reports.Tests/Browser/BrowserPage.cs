using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.Playwright;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>
/// A report in a real browser: the system's Chromium, or the one that the environment variable CHROMIUM names. Where there is none, tests
/// are inconclusive and say so; where CHROMIUM_REQUIRED is set, they fail.
/// </summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private static readonly string[] Known =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable", "/snap/bin/chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    private static readonly Lazy<Task<IBrowser>> Browser = new(LaunchAsync);

    // A window, with all that a browser draws around pages, costs more than most pages: one for each look.
    private static readonly ConcurrentDictionary<BrowserLook, Lazy<Task<IBrowserContext>>> Windows = [];

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    private readonly TemporaryFolder _folder;
    private readonly List<string> _complaints = [];

    private BrowserPage(TemporaryFolder folder, IPage page)
    {
        (_folder, Page) = (folder, page);
        page.Console += (_, message) => { if (message.Type is "error" or "warning") _complaints.Add(message.Text); };
        page.PageError += (_, error) => _complaints.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                _complaints.Add($"asked for {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>What the browser complained of: errors of the script, what the page's policy forbids, requests to elsewhere.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Opens a report and waits until its drawings are drawn.</summary>
    public static Task<BrowserPage> OpenAsync(Report report, BrowserLook? look = null) =>
        OpenAsync(report.Save, ".plot.drawn", look ?? new());

    /// <summary>Opens a page and waits for something on it.</summary>
    public static async Task<BrowserPage> OpenAsync(Action<string> save, string awaited, BrowserLook look)
    {
        var folder = new TemporaryFolder();
        save(folder["report.html"]);
        var window = await Windows.GetOrAdd(look, new Lazy<Task<IBrowserContext>>(() => WindowAsync(look))).Value;
        var page = new BrowserPage(folder, await window.NewPageAsync());
        await page.Page.GotoAsync(new Uri(folder["report.html"]).AbsoluteUri);
        if (look.HasScript)
            await page.Page.Locator(awaited).First.WaitForAsync();
        return page;
    }

    /// <summary>The plot of a kind, or the n-th of several.</summary>
    public ILocator Plot(string kind, int number = 0) => Page.Locator($".plot[data-spec*='\"kind\":\"{kind}\"']").Nth(number);

    /// <summary>The text of the box that tells marks; empty where it is hidden.</summary>
    public async Task<string> TipAsync() => await Page.Locator(".tip").IsVisibleAsync() ? await Page.Locator(".tip").InnerTextAsync() : "";

    /// <summary>A file that a click on a button saves.</summary>
    public async Task<(string Name, byte[] Content)> SavedByAsync(ILocator button)
    {
        var download = await Page.RunAndWaitForDownloadAsync(() => button.ClickAsync());
        return (download.SuggestedFilename, await File.ReadAllBytesAsync(await download.PathAsync()));
    }

    /// <summary>Whether anything is wider than the window.</summary>
    public async Task<int> ScrollableWidthAsync() =>
        await Page.EvaluateAsync<int>("Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)");

    /// <summary>Whether everybody can read the page, or a part of it, by the rules of axe.</summary>
    public Task EverybodyCanReadItAsync() => EverybodyCanReadAsync(Page.Locator("html"));

    /// <inheritdoc cref="EverybodyCanReadItAsync"/>
    public async Task EverybodyCanReadAsync(ILocator part)
    {
        // What the package does of itself takes thirty times as long: it hands its script over anew, and opens a page for the answer.
        if (!await Page.EvaluateAsync<bool>("'axe' in window"))
            await Page.EvaluateAsync(Axe);
        var wrong = await part.EvaluateAsync<string[]>(
            """
            async part => (await axe.run(part, { resultTypes: ["violations"] })).violations.map(
              v => `${v.id}: ${v.help}: ${v.nodes.map(node => node.html.slice(0, 300)).join(" ")}`)
            """);
        Assert.IsEmpty(wrong, string.Join("\n", wrong));
    }

    public async ValueTask DisposeAsync()
    {
        await Page.CloseAsync();
        _folder.Dispose();
    }

    private static async Task<IBrowserContext> WindowAsync(BrowserLook look) => await (await Browser.Value).NewContextAsync(new()
    {
        ViewportSize = new() { Width = look.Width, Height = 900 },
        HasTouch = look.HasFinger,
        IsMobile = look.HasFinger,
        JavaScriptEnabled = look.HasScript,
        ColorScheme = look.IsDark ? ColorScheme.Dark : ColorScheme.Light,
        AcceptDownloads = true,
    });

    private static async Task<IBrowser> LaunchAsync()
    {
        var path = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named ? named : Known.FirstOrDefault(File.Exists);
        if (!File.Exists(path))
        {
            const string missing = "There is no Chromium on this machine: install it, or name one in the environment variable CHROMIUM.";
            if (Environment.GetEnvironmentVariable("CHROMIUM_REQUIRED") is { Length: > 0 })
                Assert.Fail(missing);
            Assert.Inconclusive(missing);
        }

        var playwright = await Playwright.Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox"] });
    }
}

/// <summary>Who looks at a page, and how.</summary>
internal sealed record BrowserLook
{
    public int Width { get; init; } = 1280;

    public bool HasFinger { get; init; }

    public bool HasScript { get; init; } = true;

    public bool IsDark { get; init; }

    /// <summary>A telephone.</summary>
    public static BrowserLook Narrow { get; } = new() { Width = 390, HasFinger = true };

    public override string ToString() => $"{Width} px{(HasFinger ? ", finger" : "")}{(IsDark ? ", dark" : "")}";
}

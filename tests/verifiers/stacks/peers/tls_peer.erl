%% A TLS peer of Erlang/OTP's ssl. Arguments: "server" or "client", a directory, "1.2" or "1.3". A server demands a
%% client certificate, prints its port and answers what it reads. A client reads a port a line, says a line to the
%% server behind it, and prints what came of it.
-module(tls_peer).
-export([main/1]).

main([Part, Directory, Version]) ->
    {ok, _} = application:ensure_all_started(ssl),
    logger:set_primary_config(level, none),
    Span = {versions, [list_to_atom("tlsv" ++ Version)]},
    Roots = {cacertfile, Directory ++ "/roots.pem"},
    case Part of
        "server" ->
            {ok, Listener} = ssl:listen(0, [
                Span, Roots, {ip, {127, 0, 0, 1}}, {active, false}, {mode, binary},
                {certfile, Directory ++ "/own.pem"}, {keyfile, Directory ++ "/own.key"},
                {verify, verify_peer}, {fail_if_no_peer_cert, true}
            ]),
            {ok, {_, Port}} = ssl:sockname(Listener),
            io:format("~b~n", [Port]),
            serve(Listener);
        "client" ->
            call([
                Span, Roots, {active, false}, {mode, binary}, {verify, verify_peer},
                {server_name_indication, disable}
            ])
    end.

serve(Listener) ->
    {ok, Accepted} = ssl:transport_accept(Listener),
    case ssl:handshake(Accepted, 20000) of
        {ok, Socket} ->
            case ssl:recv(Socket, 0, 20000) of
                {ok, Data} -> ssl:send(Socket, Data);
                _ -> ok
            end,
            ssl:close(Socket);
        _ -> ok
    end,
    serve(Listener).

call(Options) ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            Port = list_to_integer(string:trim(Line)),
            case ssl:connect({127, 0, 0, 1}, Port, Options, 20000) of
                {ok, Socket} ->
                    ssl:send(Socket, <<"GET / HTTP/1.0\r\n\r\n">>),
                    ssl:recv(Socket, 0, 20000),
                    ssl:close(Socket),
                    io:format("closed~n");
                {error, Why} ->
                    io:format("~0p~n", [Why])
            end,
            call(Options)
    end.
